/**
 * Verifies licenses that are bound to one machine. Verification needs no network.
 *
 * <p>The short way: {@link license.core.Trust#fromVendorFile(java.nio.file.Path) Trust.fromVendorFile},
 * {@link license.core.LicenseFile#find(String) LicenseFile.find}, {@link license.core.Device#fromAgent(Trust)
 * Device.fromAgent}, {@link license.core.License#verifyGuarded License.verifyGuarded}. Only a {@link
 * license.core.License} that was verified has getters for claims. Everything that fails is a {@link
 * license.core.LicenseException} with a stable {@link license.core.OutcomeCode}.
 *
 * <p>All types are immutable and may be shared by threads, but for {@link license.core.LicenseFile} and {@link
 * license.core.ClockGuard}, whose methods are synchronized. {@code null} is no argument anywhere: it throws a {@link
 * NullPointerException} at once.
 */
package license.core;
