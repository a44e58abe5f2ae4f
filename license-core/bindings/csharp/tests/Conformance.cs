using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;
using LicenseCore;

/// <summary>Answers the questions of license-conformance run by the assembly (docs/sdk/conformance.md).</summary>
internal static class Conformance
{
    private static readonly Encoding Utf8 = new UTF8Encoding(false);

    private static void Main()
    {
        StreamReader questions = new StreamReader(Console.OpenStandardInput(), Utf8);
        StreamWriter answers = new StreamWriter(Console.OpenStandardOutput(), Utf8);
        for (string ask = questions.ReadLine(); ask != null; ask = questions.ReadLine())
        {
            Answer answer = new Answer();
            answer.Add("id", Json.Member(ask, "id"));
            string op = Json.Said(Json.Member(ask, "op"));
            if (op == "hello")
            {
                answer.Add("name", "\"license-core for .NET\"");
                answer.Add("version", "\"" + Library.Version + "\"");
                answer.Add("protocol", "1");
                answer.Add("ops", "[\"verify\",\"match\",\"df1\",\"text\",\"vendor_file\",\"key_set\",\"possession\",\"find\"]");
            }
            else
            {
                answer.Add("outcome", "\"" + OutcomeOf(op, ask, answer) + "\"");
            }
            answers.Write(answer + "\n");
            answers.Flush();
        }
    }

    private static string OutcomeOf(string op, string ask, Answer answer)
    {
        try
        {
            switch (op)
            {
                case "verify": return Verify(ask, answer);
                case "match": return Match(ask, answer);
                case "df1":
                case "text": return Text(ask, answer);
                case "vendor_file": return VendorFile(ask, answer);
                case "key_set": return KeySet(ask, answer);
                case "find": return Find(ask, answer);
                default: return "unknown";
            }
        }
        catch (LicenseException wrong)
        {
            answer.PassOn(wrong.Json, "verdict", "proof");
            return wrong.Word;
        }
    }

    private static string Verify(string ask, Answer answer)
    {
        string given = Json.Member(ask, "trust");
        using (Trust trust = TrustOf(Json.Member(given, "issuer"), Json.Member(given, "product"), Json.Member(given, "realm"), Json.Member(given, "keys"), Json.Member(given, "test")))
        {
            try
            {
                trust.Learn(Json.Said(Json.Member(given, "learned")));
            }
            catch (LicenseException)
            {
                // What cannot be taken teaches nothing.
            }
            using (Device device = DeviceOf(trust, Json.Member(ask, "device")))
            {
                string token = Json.Said(Json.Member(ask, "token"));
                string challenge = Json.Member(ask, "challenge"), proof = Json.Member(ask, "proof");
                long now = long.Parse(Json.Member(ask, "now"), CultureInfo.InvariantCulture);
                using (License license = challenge != null && proof != null
                    ? trust.VerifyWithProof(token, device, now, Json.Said(challenge), Json.Said(proof))
                    : Json.Member(given, "possession") == "true"
                        ? trust.VerifyWithProof(token, device, now, Trust.NewChallenge(), null)
                        : trust.Verify(token, device, now))
                {
                    answer.PassOn(license.ToJson(), "days_left", "claims", "verdict");
                    return license.Outcome == Outcome.Grace ? "grace" : "active";
                }
            }
        }
    }

    private static string Match(string ask, Answer answer)
    {
        using (Trust trust = TrustOf(null, null, Json.Member(ask, "realm"), null, null))
        using (Device device = DeviceOf(trust, Json.Member(ask, "device")))
        {
            string dev = Json.Member(ask, "dev") ?? "null", verdict;
            Outcome outcome = device.Match(dev[0] == '"' ? Json.Said(dev) : dev, out verdict);
            answer.Add("verdict", verdict);
            return outcome == Outcome.Active ? "matched" : outcome == Outcome.Device ? "device" : "needs-privileges";
        }
    }

    private static string Text(string ask, Answer answer)
    {
        using (Trust trust = TrustOf(null, null, Json.Member(ask, "realm"), null, null))
        using (Device device = Device.FromText(trust, Json.Said(Json.Member(ask, "text"))))
        {
            string all = device.ToJson(), form = Json.Member(all, "opaque") == null ? "components" : "opaque";
            answer.PassOn(all, form);
            return form;
        }
    }

    private static string VendorFile(string ask, Answer answer)
    {
        using (Trust trust = Trust.FromText(Json.Said(Json.Member(ask, "text"))))
        {
            answer.PassOn(trust.ToJson(), "issuer", "product", "realm", "server", "test", "keys");
            return "trust";
        }
    }

    private static string KeySet(string ask, Answer answer)
    {
        string issuer = Json.Member(ask, "issuer"), outcome = "learned";
        List<string> sets = new List<string>();
        foreach (KeyValuePair<string, string> set in Json.Values(Json.Member(ask, "sets") ?? "[]"))
        {
            sets.Add(Json.Said(set.Value));
        }
        using (Trust trust = TrustOf(issuer, null, issuer, Json.Member(ask, "keys"), null))
        {
            try
            {
                trust.Learn(string.Join("\n", sets));
            }
            catch (LicenseException wrong)
            {
                outcome = wrong.Word;
            }
            answer.Add("trusted", Json.Member(trust.ToJson(), "keys"));
            return outcome;
        }
    }

    private static string Find(string ask, Answer answer)
    {
        answer.Add("files", LicenseFile.Places(Json.Said(Json.Member(ask, "product")), Json.Said(Json.Member(ask, "system")), Json.Member(ask, "environment")));
        return "files";
    }

    private static Trust TrustOf(string issuer, string product, string realm, string keys, string test)
    {
        return Trust.FromJson("{\"issuer\":" + (issuer ?? "\"\"") + ",\"product\":" + (product ?? "\"\"") + ",\"realm\":" + (realm ?? "\"\"") + ",\"keys\":" + (keys ?? "[]") + ",\"test\":" + (test ?? "null") + "}");
    }

    private static Device DeviceOf(Trust trust, string device)
    {
        string text = Json.Member(device, "text");
        if (text == null)
        {
            return Device.FromJson(trust, device ?? "{}");
        }
        bool isAlone = text[0] == '"';
        foreach (string other in new[] { "fingerprint", "found", "privileged", "unreadable" })
        {
            isAlone &= Json.Member(device, other) == null;
        }
        try
        {
            // What is no device at all is unreadable in the same way.
            return isAlone ? Device.FromText(trust, Json.Said(text)) : Device.FromJson(trust, "[]");
        }
        catch (LicenseException)
        {
            return Device.FromJson(trust, "[]");
        }
    }

    /// <summary>An answer that grows.</summary>
    private sealed class Answer
    {
        private readonly StringBuilder json = new StringBuilder("{");

        public void Add(string name, string value)
        {
            if (value != null)
            {
                json.Append(json.Length > 1 ? "," : "").Append('"').Append(name).Append("\":").Append(value);
            }
        }

        public void PassOn(string from, params string[] names)
        {
            foreach (string name in names)
            {
                Add(name, Json.Member(from, name));
            }
        }

        public override string ToString()
        {
            return json + "}";
        }
    }
}
