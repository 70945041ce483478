/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
struct acme_metadata;

u64 acme_rx_time(const struct acme_metadata *m);
