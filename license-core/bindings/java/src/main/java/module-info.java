/** Verifies licenses offline: every check of the license format and the matching of devices, without native code. */
module license.core {
    exports license.core;
}
