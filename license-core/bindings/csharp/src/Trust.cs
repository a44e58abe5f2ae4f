using System;

namespace LicenseCore
{
    /// <summary>Whose licenses are accepted, for which product, signed by which keys. It may be shared by threads.</summary>
    public sealed class Trust : IDisposable
    {
        private Trust(TrustHandle handle)
        {
            Handle = handle;
            Product = Native.Text(Native.license_core_trust_product(handle));
            GC.KeepAlive(handle);
        }

        internal TrustHandle Handle { get; }

        /// <summary>The product code that is asked for.</summary>
        public string Product { get; }

        /// <summary>Reads the vendor file at a path.</summary>
        /// <exception cref="LicenseException"><see cref="Outcome.UnusableTrust"/></exception>
        public static Trust FromFile(string path)
        {
            return Read(Native.license_core_trust_from_file, Native.Bytes(path, "path"));
        }

        /// <summary>Reads the vendor file's text.</summary>
        /// <exception cref="LicenseException"><see cref="Outcome.UnusableTrust"/></exception>
        public static Trust FromText(string vendorFile)
        {
            return Read(Native.license_core_trust_from_text, Native.Bytes(vendorFile, "vendorFile"));
        }

        /// <summary>Reads a JSON object: issuer, product, keys (a list of JWKs), and where needed realm, server, test.</summary>
        /// <exception cref="LicenseException"><see cref="Outcome.UnusableTrust"/></exception>
        public static Trust FromJson(string json)
        {
            return Read(Native.license_core_trust_from_json, Native.Bytes(json, "json"));
        }

        /// <summary>Takes in signed key sets, one on a line and the oldest first.</summary>
        /// <exception cref="LicenseException">Why the last one was not taken; those before it that can be are taken all the
        /// same.</exception>
        public void Learn(string sets)
        {
            byte[] bytes = Native.Bytes(sets, "sets");
            TextHandle message;
            int outcome = Native.license_core_trust_learn(Handle, bytes, Native.Length(bytes), out message);
            Native.Must(outcome, message);
        }

        /// <summary>Makes all checks of a license's text for a device at a time.</summary>
        /// <exception cref="LicenseException">The first check that failed.</exception>
        public License Verify(string license, Device device, DateTimeOffset now)
        {
            return Verify(license, device, Native.Seconds(now));
        }

        /// <summary>The same at a time in seconds since 1970, which may be any.</summary>
        /// <exception cref="LicenseException">The first check that failed.</exception>
        public License Verify(string license, Device device, long now)
        {
            byte[] token = Native.Token(license, "license");
            CheckHandle check;
            int outcome = Native.license_core_verify(Handle, device.Handle, token, Native.Length(token), now, out check);
            return License.Of(outcome, check);
        }

        /// <summary>As <see cref="Verify(string, Device, DateTimeOffset)"/>, and then whether the proof is the answer to the challenge by the key that the
        /// license names. A proof that is null proves nothing.</summary>
        /// <exception cref="LicenseException">The first check that failed.</exception>
        public License VerifyWithProof(string license, Device device, DateTimeOffset now, string challenge, string proof)
        {
            return VerifyWithProof(license, device, Native.Seconds(now), challenge, proof);
        }

        /// <summary>The same at a time in seconds since 1970, which may be any.</summary>
        /// <exception cref="LicenseException">The first check that failed.</exception>
        public License VerifyWithProof(string license, Device device, long now, string challenge, string proof)
        {
            byte[] token = Native.Token(license, "license"), asked = Native.Bytes(challenge, "challenge");
            byte[] answer = proof == null ? null : Native.Token(proof, "proof");
            CheckHandle check;
            int outcome = Native.license_core_verify_with_proof(Handle, device.Handle, token, Native.Length(token), now, asked, Native.Length(asked), answer, Native.Length(answer), out check);
            return License.Of(outcome, check);
        }

        /// <summary>As <see cref="Verify(string, Device, DateTimeOffset)"/>, but a clock that was set back wins no time. The mark is what this call left there
        /// the last time, null at first; keep it, whatever the license comes to.</summary>
        /// <exception cref="LicenseException">The first check that failed; <see cref="Outcome.Clock"/> where the clock has a part
        /// in it.</exception>
        public License VerifyWithGuardedClock(string license, Device device, DateTimeOffset now, ref string mark)
        {
            byte[] token = Native.Token(license, "license"), before = mark == null ? null : Native.Token(mark, "mark");
            CheckHandle check;
            TextHandle moved;
            int outcome = Native.license_core_verify_with_guarded_clock(Handle, device.Handle, token, Native.Length(token), Native.Seconds(now), before, Native.Length(before), out moved, out check);
            using (moved)
            {
                if (!moved.IsInvalid)
                {
                    mark = moved.ToString();
                }
            }
            return License.Of(outcome, check);
        }

        /// <summary>A new challenge of 43 characters; license-agent prove CHALLENGE answers it.</summary>
        public static string NewChallenge()
        {
            TextHandle challenge;
            int outcome = Native.license_core_challenge(out challenge);
            return Native.Json(outcome, challenge);
        }

        /// <summary>What a verifier goes by, as a JSON object.</summary>
        public string ToJson()
        {
            TextHandle json;
            int outcome = Native.license_core_trust_to_json(Handle, out json);
            return Native.Json(outcome, json);
        }

        /// <summary>Frees it.</summary>
        public void Dispose()
        {
            Handle.Dispose();
        }

        private static Trust Read(Native.ReadTrust read, byte[] text)
        {
            TrustHandle trust;
            TextHandle message;
            int outcome = read(text, Native.Length(text), out trust, out message);
            Native.Must(outcome, message);
            return new Trust(trust);
        }
    }
}
