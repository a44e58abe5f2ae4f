using System;
using System.Collections.Generic;

namespace LicenseCore
{
    /// <summary>A license that held when it was verified, in grace or not. It may be shared by threads.</summary>
    public sealed class License : IDisposable
    {
        private readonly CheckHandle handle;

        private License(Outcome outcome, CheckHandle check, string message, IReadOnlyList<Part> parts)
        {
            handle = check;
            Outcome = outcome;
            Message = message;
            Parts = parts;
            DaysLeft = UnlessEndless(Native.license_core_check_days_left(check));
            long? end = UnlessEndless(Native.license_core_check_expires_at(check));
            ExpiresAt = end == null ? (DateTimeOffset?)null : DateTimeOffset.FromUnixTimeSeconds(end.Value);
        }

        /// <summary><see cref="LicenseCore.Outcome.Active"/> or <see cref="LicenseCore.Outcome.Grace"/>.</summary>
        public Outcome Outcome { get; }

        /// <summary>Over, and still working: ask the customer to renew.</summary>
        public bool IsInGrace
        {
            get { return Outcome == Outcome.Grace; }
        }

        /// <summary>A sentence for the buyer: until when it holds, and what is wrong with the clock, if anything is.</summary>
        public string Message { get; }

        /// <summary>Whole days until it is over, in grace until it no longer works; null for one without an end.</summary>
        public long? DaysLeft { get; }

        /// <summary>The first second in which it is over, before grace; null for one without an end.</summary>
        public DateTimeOffset? ExpiresAt { get; }

        /// <summary>What became of each licensed kind of part; empty for a license for no device in particular.</summary>
        public IReadOnlyList<Part> Parts { get; }

        /// <summary>Whether it grants a feature.</summary>
        public bool HasFeature(string feature)
        {
            byte[] name = Native.Bytes(feature, "feature");
            return Native.license_core_check_has_feature(handle, name, Native.Length(name));
        }

        /// <summary>How it stands at another time than that of the check: active, in grace, not yet valid or expired.</summary>
        public Outcome StateAt(DateTimeOffset now)
        {
            return (Outcome)Native.license_core_check_state(handle, Native.Seconds(now));
        }

        /// <summary>All that the check came to as a JSON object, every claim among it.</summary>
        public string ToJson()
        {
            return JsonOf(handle);
        }

        /// <summary>Frees it.</summary>
        public void Dispose()
        {
            handle.Dispose();
        }

        /// <summary>The license of a check, or what is wrong with it.</summary>
        internal static License Of(int outcome, CheckHandle check)
        {
            if (check.IsInvalid)
            {
                throw new LicenseException(outcome, "");
            }
            string message = Native.Text(Native.license_core_check_message(check));
            IReadOnlyList<Part> parts = PartsOf(check);
            GC.KeepAlive(check);
            if (outcome < 10)
            {
                return new License((Outcome)outcome, check, message, parts);
            }
            using (check)
            {
                throw new LicenseException(outcome, message, parts, JsonOf(check));
            }
        }

        private static IReadOnlyList<Part> PartsOf(CheckHandle check)
        {
            List<Part> parts = new List<Part>();
            Native.PartStruct part;
            while (Native.license_core_check_part(check, (UIntPtr)parts.Count, out part))
            {
                parts.Add(new Part(Native.Text(part.Kind), Native.Text(part.Outcome), part.Weight, part.Matched, part.Of));
            }
            return parts.AsReadOnly();
        }

        private static string JsonOf(CheckHandle check)
        {
            TextHandle json;
            int outcome = Native.license_core_check_to_json(check, out json);
            return Native.Json(outcome, json);
        }

        private static long? UnlessEndless(long number)
        {
            return number == long.MaxValue ? (long?)null : number;
        }
    }
}
