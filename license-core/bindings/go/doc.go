// Package license verifies licenses that license-server issued: offline, for this machine, in Go alone.
//
// A product ships the vendor file, finds the license that license-agent installed, and asks:
//
//	trust, err := license.ParseVendorFile(vendorFile)
//	installed, err := license.Find(trust.Product())
//	device, err := license.DeviceFromAgent(ctx, trust)
//	verified, err := installed.Verify(trust, device, time.Now())
//	if err == nil && verified.HasFeature("mesh") { … }
//
// Only a [License] has claims, and only verification makes one. Every error is an [*Error]: a stable [Outcome], a
// sentence, and what a buyer can do about it ([Explain]).
//
// Values are immutable once made and may be shared between goroutines; the one that changes, [File], guards itself.
// Nothing here reads a clock unless it says so, and nothing opens a connection.
package license
