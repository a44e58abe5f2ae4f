using System;
using LicenseCore;

static class Product
{
    static int Main()
    {
        try
        {
            var trust = Trust.FromFile("vendor.toml");
            var file = LicenseFile.Find(trust.Product);
            var license = file.Verify(trust, "product.clock");
            Console.WriteLine(license.Message); // until when it holds
            if (license.HasFeature("mesh")) Console.WriteLine("mesh is licensed");
            if (license.DaysLeft is long days) Console.WriteLine($"{days} days left");
            return 0;
        }
        catch (LicenseException wrong)
        {
            Console.Error.WriteLine(wrong.Message);
            return (int)wrong.Outcome;
        }
    }
}
