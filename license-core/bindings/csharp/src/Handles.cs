using System;
using System.Runtime.InteropServices;

namespace LicenseCore
{
    /// <summary>A handle of the C library, freed once, and not while a call uses it.</summary>
    internal abstract class CoreHandle : SafeHandle
    {
        protected CoreHandle() : base(IntPtr.Zero, true)
        {
        }

        public override bool IsInvalid
        {
            get { return handle == IntPtr.Zero; }
        }
    }

    internal sealed class TrustHandle : CoreHandle
    {
        protected override bool ReleaseHandle()
        {
            Native.license_core_trust_free(handle);
            return true;
        }
    }

    internal sealed class DeviceHandle : CoreHandle
    {
        protected override bool ReleaseHandle()
        {
            Native.license_core_device_free(handle);
            return true;
        }
    }

    internal sealed class FileHandle : CoreHandle
    {
        protected override bool ReleaseHandle()
        {
            Native.license_core_file_free(handle);
            return true;
        }
    }

    internal sealed class CheckHandle : CoreHandle
    {
        protected override bool ReleaseHandle()
        {
            Native.license_core_check_free(handle);
            return true;
        }
    }

    /// <summary>A text that a call gave.</summary>
    internal sealed class TextHandle : CoreHandle
    {
        protected override bool ReleaseHandle()
        {
            Native.license_core_text_free(handle);
            return true;
        }

        public override string ToString()
        {
            return IsInvalid || IsClosed ? "" : Native.Text(handle);
        }
    }
}
