using System;
using System.Collections.Generic;

namespace LicenseCore
{
    /// <summary>A license that does not hold, or something that cannot be used. The message is a sentence for the buyer.</summary>
    public sealed class LicenseException : Exception
    {
        private static readonly IReadOnlyList<Part> None = new Part[0];

        internal LicenseException(int outcome, string sentence, IReadOnlyList<Part> parts = null, string json = null)
            : base(string.IsNullOrEmpty(sentence) ? Native.Word(outcome) : sentence)
        {
            Outcome = (Outcome)outcome;
            Word = Native.Word(outcome);
            Parts = parts ?? None;
            Json = json;
        }

        /// <summary>The stable number of what is wrong.</summary>
        public Outcome Outcome { get; }

        /// <summary>Its stable word.</summary>
        public string Word { get; }

        /// <summary>With <see cref="LicenseCore.Outcome.Device"/> and <see cref="LicenseCore.Outcome.NeedsPrivileges"/>: what
        /// became of each licensed kind of part. Else empty.</summary>
        public IReadOnlyList<Part> Parts { get; }

        /// <summary>All that the check came to, as a JSON object; null where there was no check.</summary>
        public string Json { get; }
    }

    /// <summary>What became of one licensed kind of part.</summary>
    public sealed class Part
    {
        internal Part(string kind, string outcome, int weight, int matched, int of)
        {
            Kind = kind;
            Outcome = outcome;
            Weight = weight;
            Matched = matched;
            Of = of;
        }

        /// <summary>mac, disk, board, cpu, system, os, cloud, tpm or custom.</summary>
        public string Kind { get; }

        /// <summary>matched, partly, changed, missing or unreadable.</summary>
        public string Outcome { get; }

        /// <summary>How much it counts in this license.</summary>
        public int Weight { get; }

        /// <summary>With partly: how many of its values are there; else 0.</summary>
        public int Matched { get; }

        /// <summary>With partly: how many are licensed; else 0.</summary>
        public int Of { get; }
    }
}
