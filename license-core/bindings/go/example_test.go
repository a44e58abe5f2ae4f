package license_test

import (
	"fmt"
	"time"

	"license-core/license"
)

func Example() {
	trust, err := license.ParseVendorFile(`
		issuer = "https://vendor.example"
		product = "cad-pro"
		keys = [{ kty = "OKP", crv = "Ed25519", x = "A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg" }]`)
	if err != nil {
		fmt.Println(license.Explain(err))
		return
	}
	_, err = license.Verify("eyJ…", trust, nil, time.Now())
	fmt.Println(license.Explain(err))
	// Output: This is not a license: it is not three parts joined by dots; was all of it copied? Install the license file again as the vendor sent it.
}
