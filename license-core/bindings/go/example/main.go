// Command example is a product that asks for its license: docs/sdk/go.md.
package main

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"license-core/license"
)

//go:embed vendor.toml
var vendorFile string

func main() {
	trust, err := license.ParseVendorFile(vendorFile)
	endIf(err)
	installed, err := license.Find(trust.Product())
	endIf(err)
	device, err := license.DeviceFromAgent(context.Background(), trust)
	endIf(err)
	folder, err := os.UserConfigDir() // where this product keeps its own files
	endIf(err)
	verified, clock, err := installed.VerifyGuarded(trust, device, time.Now(), filepath.Join(folder, "cad.clock"))
	endIf(err)
	if days, ends := verified.DaysLeft(clock.Time); ends {
		fmt.Printf("%s, %d days left\n", verified.Outcome(), days)
	}
	fmt.Println("mesh:", verified.HasFeature("mesh"))
}

func endIf(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, license.Explain(err))
		os.Exit(1)
	}
}
