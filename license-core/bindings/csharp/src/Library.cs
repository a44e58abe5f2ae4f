namespace LicenseCore
{
    /// <summary>The native library that does the work.</summary>
    public static class Library
    {
        /// <summary>Its version, such as 0.1.0.</summary>
        public static string Version
        {
            get { return Native.Text(Native.license_core_version()); }
        }

        /// <summary>The stable word of an outcome.</summary>
        public static string WordOf(Outcome outcome)
        {
            return Native.Word((int)outcome);
        }
    }
}
