using System;

namespace LicenseCore
{
    /// <summary>A machine, as far as it could be read. It may be shared by threads.</summary>
    public sealed class Device : IDisposable
    {
        private Device(DeviceHandle handle)
        {
            Handle = handle;
        }

        internal DeviceHandle Handle { get; }

        /// <summary>Reads this machine, as an ordinary user can, in milliseconds: keep it while the program runs.</summary>
        public static Device Here(Trust trust)
        {
            DeviceHandle device;
            TextHandle message;
            int outcome = Native.license_core_device_here(trust.Handle, out device, out message);
            Native.Must(outcome, message);
            return new Device(device);
        }

        /// <summary>Reads a text that speaks for a machine, such as DF1-….</summary>
        /// <exception cref="LicenseException">What is wrong with it, 30 to 39.</exception>
        public static Device FromText(Trust trust, string text)
        {
            return Read(Native.license_core_device_from_text, trust, Native.Bytes(text, "text"));
        }

        /// <summary>Reads what license-agent fingerprint --json printed; {} is a machine on which nothing usable was found.</summary>
        /// <exception cref="LicenseException"><see cref="Outcome.UnreadableDevice"/></exception>
        public static Device FromJson(Trust trust, string json)
        {
            return Read(Native.license_core_device_from_json, trust, Native.Bytes(json, "json"));
        }

        /// <summary>Compares it with the dev claim of a license, given as JSON: whether it is the machine, and the verdict as a
        /// JSON object. For who reads licenses by another library: it checks nothing else.</summary>
        /// <exception cref="LicenseException"><see cref="Outcome.Malformed"/></exception>
        public Outcome Match(string dev, out string verdict)
        {
            byte[] bytes = Native.Bytes(dev, "dev");
            TextHandle json, message;
            int outcome = Native.license_core_device_match(Handle, bytes, Native.Length(bytes), out json, out message);
            using (json)
            using (message)
            {
                if (json.IsInvalid)
                {
                    throw new LicenseException(outcome, message.ToString());
                }
                verdict = json.ToString();
                return (Outcome)outcome;
            }
        }

        /// <summary>What its text says, as a JSON object. Digests are personal data.</summary>
        public string ToJson()
        {
            TextHandle json;
            int outcome = Native.license_core_device_to_json(Handle, out json);
            return Native.Json(outcome, json);
        }

        /// <summary>Frees it.</summary>
        public void Dispose()
        {
            Handle.Dispose();
        }

        private static Device Read(Native.ReadDevice read, Trust trust, byte[] text)
        {
            DeviceHandle device;
            TextHandle message;
            int outcome = read(trust.Handle, text, Native.Length(text), out device, out message);
            Native.Must(outcome, message);
            return new Device(device);
        }
    }
}
