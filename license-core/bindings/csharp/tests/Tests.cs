using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Threading;
using LicenseCore;

/// <summary>What a product does with the assembly, and what the conformance runner cannot reach: files, the clock, threads,
/// errors. Tests EXAMPLES FOLDER, the folder being that of LICENSE_AGENT_DIR.</summary>
internal static class Tests
{
    private static readonly List<Exception> Wrongs = new List<Exception>();

    private static readonly DateTimeOffset Then = DateTimeOffset.FromUnixTimeSeconds(1790000000);

    private static int Main(string[] arguments)
    {
        string license = File.ReadAllText(Path.Combine(arguments[0], "cad-pro.lic")), folder = arguments[1];
        using (Trust trust = Trust.FromFile(Path.Combine(arguments[0], "vendor.toml")))
        using (Device device = Device.Here(trust))
        {
            ALicenseIsVerifiedAndAsked(trust, device, license);
            WhatIsWrongIsSaid(trust, device, license);
            EveryNumberHasAWord();
            ALicenseIsFoundAndARenewedOneIsSeen(trust, device, license, folder);
            AClockThatWasSetBackIsNamed(trust, device, license, folder);
            ACopiedFileIsNoCopiedLicense(trust, device, license);
            ThreadsShareHandles(trust, device, folder);
            FilesAreReplacedWhileTheyAreRead(arguments[0], license, folder);
            WhatIsFreedWhileItIsUsedIsRefusedOrAnswered(arguments[0], license, folder);
            WhatWasFreedIsNotUsed(license);
            Measure(trust, device, license);
        }
        Console.WriteLine("license-core for .NET: the story holds");
        return 0;
    }

    private static void ALicenseIsVerifiedAndAsked(Trust trust, Device device, string text)
    {
        using (License license = trust.Verify(text, device, Then))
        {
            Check(license.Outcome == Outcome.Active && !license.IsInGrace && license.Message == "the license holds without an end");
            Check(license.HasFeature("mesh") && !license.HasFeature("mes") && !license.HasFeature(""));
            Check(license.DaysLeft == null && license.ExpiresAt == null && license.Parts.Count == 0);
            Check(license.StateAt(DateTimeOffset.FromUnixTimeSeconds(0)) == Outcome.NotYetValid);
            Check(license.StateAt(DateTimeOffset.MaxValue) == Outcome.Active);
            Check(license.ToJson().Contains("\"claims\":{\"iss\":\"https://vendor.example\""));
        }
    }

    private static void WhatIsWrongIsSaid(Trust trust, Device device, string license)
    {
        Check(Wrong(() => trust.Verify(license.Remove(200, 1).Insert(200, "A"), device, Then)).Word == "signature");
        Check(Wrong(() => trust.Verify("", device, Then)).Outcome == Outcome.Malformed);
        Check(Wrong(() => trust.Verify("\ud800", device, Then)).Outcome == Outcome.Malformed);
        Check(Wrong(() => trust.Verify(new string('a', 2 << 20), device, Then)).Outcome == Outcome.Length);
        Check(Wrong(() => Trust.FromText("issuer = 7")).Message.StartsWith("the vendor file cannot be read"));
        Check(Wrong(() => Trust.FromText("\udc00")).Outcome == Outcome.NotUtf8);
        Check(Wrong(() => Trust.FromFile("/no/vendor.toml")).Outcome == Outcome.UnusableTrust);
        Check(Wrong(() => trust.Learn("no key set")).Outcome == Outcome.KeySetMalformed);
        Check(Wrong(() => Device.FromText(trust, "None")).Outcome == Outcome.TextJunk);
        Check(Wrong(() => Device.FromJson(trust, "[]")).Outcome == Outcome.UnreadableDevice);
        Check(Wrong(() => LicenseFile.Find(new string('a', 237))).Outcome == Outcome.NameTooLong);
        Check(Wrong(() => LicenseFile.Places("cad-pro", "plan9", "{}")).Outcome == Outcome.Argument);
        Throws<ArgumentNullException>(() => Trust.FromText(null));
        Throws<ArgumentNullException>(() => trust.Verify(null, device, Then));
    }

    private static void EveryNumberHasAWord()
    {
        for (int number = -5; number < 300; number++)
        {
            // A null pointer never leaves this assembly.
            bool isKnown = Library.WordOf((Outcome)number) != "unknown" && number != 100;
            Check(isKnown == Enum.IsDefined(typeof(Outcome), number));
        }
    }

    private static void ALicenseIsFoundAndARenewedOneIsSeen(Trust trust, Device device, string license, string folder)
    {
        using (LicenseFile file = LicenseFile.Find(trust.Product))
        {
            LicenseException wrong = Wrong(() => file.Verify(trust, null));
            Check(wrong.Outcome == Outcome.NotInstalled && wrong.Message.Contains("cad-pro.lic") && !file.Refresh());
            File.WriteAllText(Path.Combine(folder, "cad-pro.lic"), license);
            Check(file.Refresh() && !file.Refresh() && file.ReadText() == license.Trim());
            file.Verify(trust, null).Dispose();
            File.WriteAllText(Path.Combine(folder, "cad-pro.lic"), "no license");
            Check(file.Refresh() && Wrong(() => file.Verify(trust, null)).Outcome == Outcome.Malformed);
            File.WriteAllText(Path.Combine(folder, "cad-pro.lic"), license);
        }
        using (LicenseFile file = LicenseFile.At(folder))
        {
            Check(Wrong(() => file.Verify(trust, null)).Outcome == Outcome.UnreadableFile);
        }
    }

    private static void AClockThatWasSetBackIsNamed(Trust trust, Device device, string license, string folder)
    {
        string path = Path.Combine(folder, "cad-pro.clock"), mark = null;
        using (LicenseFile file = LicenseFile.Find(trust.Product))
        {
            file.Verify(trust, path, device, Then).Dispose();
            Check(File.ReadAllText(path).StartsWith("clock-guard/v1 "));
            using (License setBack = file.Verify(trust, path, device, Then.AddDays(-365)))
            {
                Check(setBack.Message.Contains("set it right"));
            }
        }
        trust.VerifyWithGuardedClock(license, device, Then, ref mark).Dispose();
        Check(mark.StartsWith("clock-guard/v1 "));
    }

    private static void ACopiedFileIsNoCopiedLicense(Trust trust, Device device, string license)
    {
        Check(Trust.NewChallenge().Length == 43 && Trust.NewChallenge() != Trust.NewChallenge());
        LicenseException wrong = Wrong(() => trust.VerifyWithProof(license, device, Then, Trust.NewChallenge(), null));
        Check(wrong.Outcome == Outcome.Possession && wrong.Json.Contains("\"proof\":\"missing\""));
        Check(Wrong(() => trust.VerifyWithProof(license, device, Then, "short", "")).Outcome == Outcome.Argument);
    }

    private static void ThreadsShareHandles(Trust trust, Device device, string folder)
    {
        int verified = 0;
        using (LicenseFile file = LicenseFile.Find(trust.Product))
        {
            Thread[] threads = new Thread[4];
            for (int n = 0; n < threads.Length; n++)
            {
                threads[n] = new Thread(() =>
                {
                    for (int again = 0; again < 50; again++)
                    {
                        file.Refresh();
                        file.Verify(trust, null, device, Then).Dispose();
                        Interlocked.Increment(ref verified);
                    }
                });
                threads[n].Start();
            }
            foreach (Thread thread in threads)
            {
                thread.Join();
            }
        }
        Check(verified == 200);
    }

    /// <summary>Eight threads verify, with one mark, while license and keys are replaced and keys are learned.</summary>
    private static void FilesAreReplacedWhileTheyAreRead(string examples, string license, string folder)
    {
        string set = KeySet(examples), path = Path.Combine(folder, "busy.lic"), mark = Path.Combine(folder, "busy.clock");
        Put(path, license);
        using (Trust trust = Trust.FromText(TwoKeys(examples)))
        using (Device device = Device.Here(trust))
        using (LicenseFile file = LicenseFile.At(path))
        {
            Thread[] threads = Start(8, n =>
            {
                for (int again = 0; again < 20; again++)
                {
                    file.Refresh();
                    trust.Learn(set);
                    using (License found = file.Verify(trust, n % 2 == 0 ? null : mark, device, Then))
                    {
                        Check(found.HasFeature("mesh") && !found.ToJson().Contains("mark_error"));
                    }
                }
            });
            for (int again = 0; again < 100; again++)
            {
                Put(path, license + new string('\n', again % 3));
                Put(Path.Combine(folder, "busy.keys"), again % 2 == 0 ? "no key set\n" : set + "\n");
            }
            Join(threads);
            Check(File.ReadAllText(mark).StartsWith("clock-guard/v1 ") && trust.ToJson().Contains("aVBtapLd11SUVKIMGJfPzOEDuN0sXcmzJQNVT-_sKEU"));
        }
    }

    private static void WhatIsFreedWhileItIsUsedIsRefusedOrAnswered(string examples, string license, string folder)
    {
        string set = KeySet(examples);
        for (int round = 0; round < 20; round++)
        {
            Trust trust = Trust.FromText(TwoKeys(examples));
            Device device = Device.Here(trust);
            LicenseFile file = LicenseFile.At(Path.Combine(folder, "busy.lic"));
            License shared = trust.Verify(license, device, Then);
            Thread[] threads = Start(8, n =>
            {
                try
                {
                    while (true)
                    {
                        file.Refresh();
                        trust.Learn(set);
                        file.Verify(trust, null, device, Then).Dispose();
                        Check(shared.HasFeature("mesh") && shared.ToJson().Length > 0 && trust.ToJson().Length > 0);
                    }
                }
                catch (ObjectDisposedException)
                {
                    // As it should be.
                }
            });
            IDisposable[] freed = { trust, device, file, shared };
            freed[round % 4].Dispose();
            Join(threads);
            foreach (IDisposable one in freed)
            {
                one.Dispose();
            }
        }
    }

    private static string TwoKeys(string examples)
    {
        return File.ReadAllText(Path.Combine(examples, "vendor.toml"))
            + "\n[[keys]]\nkty = \"OKP\"\ncrv = \"Ed25519\"\nx = \"iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w\"\n";
    }

    private static string KeySet(string examples)
    {
        string vectors = File.ReadAllText(Path.Combine(examples, "../../tests/vectors/key-sets.json"));
        int begin = vectors.IndexOf("\"eyJ", StringComparison.Ordinal) + 1;
        return vectors.Substring(begin, vectors.IndexOf('"', begin) - begin);
    }

    /// <summary>Puts a text in place as the agent does.</summary>
    private static void Put(string path, string text)
    {
        File.WriteAllText(path + ".new", text);
        if (File.Exists(path))
        {
            File.Replace(path + ".new", path, null);
        }
        else
        {
            File.Move(path + ".new", path);
        }
    }

    /// <summary>Threads that tell <see cref="Join"/> what went wrong in them.</summary>
    private static Thread[] Start(int count, Action<int> work)
    {
        Thread[] threads = new Thread[count];
        for (int n = 0; n < count; n++)
        {
            int number = n;
            threads[n] = new Thread(() =>
            {
                try
                {
                    work(number);
                }
                catch (Exception wrong)
                {
                    lock (Wrongs)
                    {
                        Wrongs.Add(wrong);
                    }
                }
            });
            threads[n].Start();
        }
        return threads;
    }

    private static void Join(Thread[] threads)
    {
        foreach (Thread thread in threads)
        {
            thread.Join();
        }
        if (Wrongs.Count > 0)
        {
            throw new AggregateException(Wrongs);
        }
    }

    private static void WhatWasFreedIsNotUsed(string license)
    {
        Trust trust = Trust.FromJson("{\"issuer\":\"a\",\"product\":\"b\",\"keys\":[]}");
        Device device = Device.FromJson(trust, "{}");
        trust.Dispose();
        trust.Dispose();
        Throws<ObjectDisposedException>(() => trust.ToJson());
        Throws<ObjectDisposedException>(() => trust.Verify(license, device, Then));
        device.Dispose();
        // What nobody frees is freed by the collector.
        for (int n = 0; n < 100; n++)
        {
            Trust.FromJson("{\"issuer\":\"a\",\"product\":\"b\",\"keys\":[]}");
        }
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    private static void Measure(Trust trust, Device device, string license)
    {
        double best = double.MaxValue;
        for (int run = 0; run < 20; run++)
        {
            Stopwatch watch = Stopwatch.StartNew();
            for (int n = 0; n < 200; n++)
            {
                trust.Verify(license, device, Then).Dispose();
            }
            best = Math.Min(best, watch.Elapsed.TotalMilliseconds * 1000 / 200);
        }
        Console.WriteLine(best.ToString("F1") + " us for each check");
    }

    private static LicenseException Wrong(Action call)
    {
        try
        {
            call();
        }
        catch (LicenseException wrong)
        {
            Check(wrong.Message.Length > 0 && wrong.Word.Length > 0);
            return wrong;
        }
        throw new InvalidOperationException("nothing was wrong");
    }

    private static void Throws<T>(Action call) where T : Exception
    {
        try
        {
            call();
        }
        catch (T)
        {
            return;
        }
        throw new InvalidOperationException("no " + typeof(T).Name);
    }

    private static void Check(bool isSo)
    {
        if (!isSo)
        {
            throw new InvalidOperationException("not so");
        }
    }
}
