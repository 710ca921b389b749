/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_CORE_CRC32_H
#define SC_CORE_CRC32_H

/*
 * crc32.h - the checksum of tokens and images: CRC-32 as in zlib (ISO-HDLC).
 * It finds damage and typing errors, not attacks.
 */

#include <stddef.h>
#include <stdint.h>

uint32_t sc_crc32(const void *bytes, size_t n);

#endif
