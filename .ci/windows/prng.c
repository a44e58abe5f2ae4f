/* Wine 8 has no bcryptprimitives.dll, whose only function Rust's standard library takes its randomness from. */
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(PVOID buffer, ULONG length); /* RtlGenRandom */

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T length)
{
    const SIZE_T most = 1u << 20;
    while (length > 0) {
        SIZE_T part = length < most ? length : most;
        if (!SystemFunction036(data, (ULONG)part))
            return FALSE;
        data += part;
        length -= part;
    }
    return TRUE;
}
