module license-core/license

go 1.19
