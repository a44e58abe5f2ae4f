using System;

namespace LicenseCore
{
    /// <summary>An installed license, as it was when it was last looked at. It may be shared by threads.</summary>
    public sealed class LicenseFile : IDisposable
    {
        private LicenseFile(FileHandle handle)
        {
            Handle = handle;
        }

        internal FileHandle Handle { get; }

        /// <summary>Looks where the agent puts the license of a product. That none is there is for <see cref="Verify(Trust, string)"/> to say.</summary>
        /// <exception cref="LicenseException"><see cref="Outcome.NameTooLong"/></exception>
        public static LicenseFile Find(string product)
        {
            return Look(Native.license_core_file_find, Native.Bytes(product, "product"));
        }

        /// <summary>Looks at one path alone.</summary>
        public static LicenseFile At(string path)
        {
            return Look(Native.license_core_file_at, Native.Bytes(path, "path"));
        }

        /// <summary>Where a product's license is looked for, as a JSON list of paths: here, or on a system (linux, windows, macos)
        /// with the variables of a JSON object.</summary>
        /// <exception cref="LicenseException"><see cref="Outcome.NameTooLong"/>, <see cref="Outcome.Argument"/></exception>
        public static string Places(string product, string system = null, string environment = null)
        {
            byte[] name = Native.Bytes(product, "product");
            byte[] on = system == null ? null : Native.Bytes(system, "system");
            byte[] variables = environment == null ? null : Native.Bytes(environment, "environment");
            TextHandle paths, message;
            int outcome = Native.license_core_places(name, Native.Length(name), on, Native.Length(on), variables, Native.Length(variables), out paths, out message);
            using (paths)
            {
                Native.Must(outcome, message);
                return paths.ToString();
            }
        }

        /// <summary>Looks again; true if license or learned keys are others than before: verify anew. It costs microseconds.</summary>
        public bool Refresh()
        {
            return Native.license_core_file_refresh(Handle);
        }

        /// <summary>The license's text.</summary>
        /// <exception cref="LicenseException"><see cref="Outcome.NotInstalled"/>, <see cref="Outcome.UnreadableFile"/></exception>
        public string ReadText()
        {
            TextHandle license, message;
            int outcome = Native.license_core_file_read(Handle, out license, IntPtr.Zero, IntPtr.Zero, out message);
            using (license)
            {
                Native.Must(outcome, message);
                return license.ToString();
            }
        }

        /// <summary>Everything at once, for this machine and by the system's clock: the learned keys, and the clock guarded by a
        /// mark in a file that the product may write; without one, null, the clock is believed.</summary>
        /// <exception cref="LicenseException">The first check that failed, or why there is no license.</exception>
        public License Verify(Trust trust, string markPath)
        {
            byte[] mark = markPath == null ? null : Native.Bytes(markPath, "markPath");
            CheckHandle check;
            int outcome = Native.license_core_verify_file_here(trust.Handle, IntPtr.Zero, Handle, mark, Native.Length(mark), long.MinValue, out check);
            return License.Of(outcome, check);
        }

        /// <summary>The same for a device that was read before, at a time.</summary>
        /// <exception cref="LicenseException">The first check that failed, or why there is no license.</exception>
        public License Verify(Trust trust, string markPath, Device device, DateTimeOffset now)
        {
            byte[] mark = markPath == null ? null : Native.Bytes(markPath, "markPath");
            CheckHandle check;
            int outcome = Native.license_core_verify_file(trust.Handle, device.Handle, Handle, mark, Native.Length(mark), Native.Seconds(now), out check);
            return License.Of(outcome, check);
        }

        /// <summary>Frees it.</summary>
        public void Dispose()
        {
            Handle.Dispose();
        }

        private static LicenseFile Look(Native.LookForFile look, byte[] text)
        {
            FileHandle file;
            TextHandle message;
            int outcome = look(text, Native.Length(text), out file, out message);
            Native.Must(outcome, message);
            return new LicenseFile(file);
        }
    }
}
