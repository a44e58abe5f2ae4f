import java.nio.file.Path;
import license.core.*;

public class LicensedProduct {
    public static void main(String[] arguments) {
        try {
            Trust trust = Trust.fromVendorFile(Path.of("vendor.toml"));
            LicenseFile file = LicenseFile.find(trust.product());
            Path mark = Path.of(System.getProperty("user.home"), ".cad-pro.clock");
            License license = file.verify(trust, Device.fromAgent(trust), mark);
            System.out.println("mesh is " + (license.hasFeature("mesh") ? "licensed" : "not licensed"));
            license.daysLeft().ifPresent(days -> System.out.println(days + " days left"));
        } catch (LicenseException e) {
            System.out.println(e.getMessage() + " (" + e.code().number() + " " + e.code().word() + ")");
        }
    }
}
