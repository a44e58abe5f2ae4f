using System;
using System.Runtime.InteropServices;
using System.Text;

namespace LicenseCore
{
    /// <summary>The functions of the C library, and what goes over its border.</summary>
    internal static class Native
    {
        // liblicense_core.so, license_core.dll, liblicense_core.dylib.
        private const string Library = "license_core";

        // Half of a surrogate pair is no text.
        private static readonly Encoding Strict = new UTF8Encoding(false, true);

        [StructLayout(LayoutKind.Sequential)]
        internal struct PartStruct
        {
            public IntPtr Kind;
            public IntPtr Outcome;
            public byte Weight;
            public byte Matched;
            public byte Of;
        }

        internal delegate int ReadTrust(byte[] text, UIntPtr length, out TrustHandle trust, out TextHandle message);

        internal delegate int ReadDevice(TrustHandle trust, byte[] text, UIntPtr length, out DeviceHandle device, out TextHandle message);

        internal delegate int LookForFile(byte[] text, UIntPtr length, out FileHandle file, out TextHandle message);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern void license_core_text_free(IntPtr text);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr license_core_word(int outcome);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr license_core_version();

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int license_core_trust_from_text(byte[] text, UIntPtr length, out TrustHandle trust, out TextHandle message);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int license_core_trust_from_file(byte[] path, UIntPtr length, out TrustHandle trust, out TextHandle message);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int license_core_trust_from_json(byte[] json, UIntPtr length, out TrustHandle trust, out TextHandle message);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int license_core_trust_learn(TrustHandle trust, byte[] sets, UIntPtr length, out TextHandle message);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr license_core_trust_product(TrustHandle trust);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int license_core_trust_to_json(TrustHandle trust, out TextHandle json);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern void license_core_trust_free(IntPtr trust);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int license_core_device_here(TrustHandle trust, out DeviceHandle device, out TextHandle message);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int license_core_device_from_text(TrustHandle trust, byte[] text, UIntPtr length, out DeviceHandle device, out TextHandle message);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int license_core_device_from_json(TrustHandle trust, byte[] json, UIntPtr length, out DeviceHandle device, out TextHandle message);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int license_core_device_to_json(DeviceHandle device, out TextHandle json);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int license_core_device_match(DeviceHandle device, byte[] dev, UIntPtr length, out TextHandle verdict, out TextHandle message);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern void license_core_device_free(IntPtr device);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int license_core_file_find(byte[] product, UIntPtr length, out FileHandle file, out TextHandle message);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int license_core_file_at(byte[] path, UIntPtr length, out FileHandle file, out TextHandle message);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        [return: MarshalAs(UnmanagedType.I1)]
        internal static extern bool license_core_file_refresh(FileHandle file);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int license_core_file_read(FileHandle file, out TextHandle license, IntPtr learnedKeys, IntPtr path, out TextHandle message);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int license_core_places(byte[] product, UIntPtr productLength, byte[] system, UIntPtr systemLength, byte[] environment, UIntPtr environmentLength, out TextHandle paths, out TextHandle message);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern void license_core_file_free(IntPtr file);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int license_core_verify(TrustHandle trust, DeviceHandle device, byte[] license, UIntPtr length, long now, out CheckHandle check);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int license_core_verify_with_proof(TrustHandle trust, DeviceHandle device, byte[] license, UIntPtr length, long now, byte[] challenge, UIntPtr challengeLength, byte[] proof, UIntPtr proofLength, out CheckHandle check);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int license_core_challenge(out TextHandle challenge);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int license_core_verify_with_guarded_clock(TrustHandle trust, DeviceHandle device, byte[] license, UIntPtr length, long now, byte[] mark, UIntPtr markLength, out TextHandle newMark, out CheckHandle check);

        // The device twice: a SafeHandle may not be null.
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int license_core_verify_file(TrustHandle trust, DeviceHandle device, FileHandle file, byte[] mark, UIntPtr markLength, long now, out CheckHandle check);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, EntryPoint = "license_core_verify_file")]
        internal static extern int license_core_verify_file_here(TrustHandle trust, IntPtr device, FileHandle file, byte[] mark, UIntPtr markLength, long now, out CheckHandle check);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr license_core_check_message(CheckHandle check);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int license_core_check_state(CheckHandle check, long now);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern long license_core_check_days_left(CheckHandle check);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern long license_core_check_expires_at(CheckHandle check);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        [return: MarshalAs(UnmanagedType.I1)]
        internal static extern bool license_core_check_has_feature(CheckHandle check, byte[] feature, UIntPtr length);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        [return: MarshalAs(UnmanagedType.I1)]
        internal static extern bool license_core_check_part(CheckHandle check, UIntPtr index, out PartStruct part);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int license_core_check_to_json(CheckHandle check, out TextHandle json);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern void license_core_check_free(IntPtr check);

        /// <summary>The bytes of a text.</summary>
        internal static byte[] Bytes(string text, string name)
        {
            if (text == null)
            {
                throw new ArgumentNullException(name);
            }
            try
            {
                return Strict.GetBytes(text);
            }
            catch (EncoderFallbackException)
            {
                throw new LicenseException((int)Outcome.NotUtf8, name + " has half of a surrogate pair");
            }
        }

        /// <summary>The bytes of a license or a proof, which is none if it has anything but ASCII.</summary>
        internal static byte[] Token(string text, string name)
        {
            if (text == null)
            {
                throw new ArgumentNullException(name);
            }
            return Encoding.UTF8.GetBytes(text);
        }

        internal static UIntPtr Length(byte[] bytes)
        {
            return bytes == null ? UIntPtr.Zero : (UIntPtr)bytes.Length;
        }

        /// <summary>A text that ends with a NUL and is not freed.</summary>
        internal static string Text(IntPtr text)
        {
            if (text == IntPtr.Zero)
            {
                return "";
            }
            int length = 0;
            while (Marshal.ReadByte(text, length) != 0)
            {
                length++;
            }
            byte[] bytes = new byte[length];
            Marshal.Copy(text, bytes, 0, length);
            return Encoding.UTF8.GetString(bytes);
        }

        internal static string Word(int outcome)
        {
            string word = Text(license_core_word(outcome));
            return word.Length > 0 ? word : "unknown";
        }

        /// <summary>Throws what a call came to, unless it did what it was asked to do.</summary>
        internal static void Must(int outcome, TextHandle message)
        {
            using (message)
            {
                if (outcome != (int)Outcome.Active)
                {
                    throw new LicenseException(outcome, message == null ? "" : message.ToString());
                }
            }
        }

        /// <summary>The text that a call gave.</summary>
        internal static string Json(int outcome, TextHandle json)
        {
            using (json)
            {
                Must(outcome, null);
                return json.ToString();
            }
        }

        /// <summary>Seconds since 1970, rounded down.</summary>
        internal static long Seconds(DateTimeOffset time)
        {
            return time.ToUnixTimeSeconds();
        }
    }
}
