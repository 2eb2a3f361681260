/*
 * tls_suites.c - tables of numbers and names of TLS. The macros spell the
 * parts of a suite once, so that a row reads like the suite's name.
 */
#include "visualizer/tls_suites.h"

#define CBC(id, name, cipher, mac, prf) { id, name, TLS_MODE_CBC, cipher, mac, prf }
#define AES128_SHA(id, kx) CBC(id, "TLS_" kx "_WITH_AES_128_CBC_SHA", "AES-128-CBC", "SHA1", "SHA256")
#define AES256_SHA(id, kx) CBC(id, "TLS_" kx "_WITH_AES_256_CBC_SHA", "AES-256-CBC", "SHA1", "SHA256")
#define AES128_SHA256(id, kx) CBC(id, "TLS_" kx "_WITH_AES_128_CBC_SHA256", "AES-128-CBC", "SHA256", "SHA256")
#define AES256_SHA256(id, kx) CBC(id, "TLS_" kx "_WITH_AES_256_CBC_SHA256", "AES-256-CBC", "SHA256", "SHA256")
#define AES256_SHA384(id, kx) CBC(id, "TLS_" kx "_WITH_AES_256_CBC_SHA384", "AES-256-CBC", "SHA384", "SHA384")
#define CAMELLIA128(id, kx, hash) \
    CBC(id, "TLS_" kx "_WITH_CAMELLIA_128_CBC_" hash, "CAMELLIA-128-CBC", hash, "SHA256")
#define CAMELLIA256(id, kx, hash, prf) \
    CBC(id, "TLS_" kx "_WITH_CAMELLIA_256_CBC_" hash, "CAMELLIA-256-CBC", hash, prf)
#define TDES(id, kx) CBC(id, "TLS_" kx "_WITH_3DES_EDE_CBC_SHA", "DES-EDE3-CBC", "SHA1", "SHA256")
#define GCM128(id, kx) { id, "TLS_" kx "_WITH_AES_128_GCM_SHA256", TLS_MODE_AEAD_GCM, "AES-128-GCM", 0, "SHA256" }
#define GCM256(id, kx) { id, "TLS_" kx "_WITH_AES_256_GCM_SHA384", TLS_MODE_AEAD_GCM, "AES-256-GCM", 0, "SHA384" }
#define CCM128(id, kx) { id, "TLS_" kx "_WITH_AES_128_CCM", TLS_MODE_AEAD_CCM, "AES-128-CCM", 0, "SHA256" }
#define CCM256(id, kx) { id, "TLS_" kx "_WITH_AES_256_CCM", TLS_MODE_AEAD_CCM, "AES-256-CCM", 0, "SHA256" }
#define CCM8_128(id, kx) { id, "TLS_" kx "_WITH_AES_128_CCM_8", TLS_MODE_AEAD_CCM8, "AES-128-CCM", 0, "SHA256" }
#define CCM8_256(id, kx) { id, "TLS_" kx "_WITH_AES_256_CCM_8", TLS_MODE_AEAD_CCM8, "AES-256-CCM", 0, "SHA256" }
#define CHACHA(id, kx) \
    { id, "TLS_" kx "_WITH_CHACHA20_POLY1305_SHA256", TLS_MODE_AEAD_CHACHA, "ChaCha20-Poly1305", 0, "SHA256" }
#define RC4(id, kx, hash) { id, "TLS_" kx "_WITH_RC4_128_" hash, TLS_MODE_STREAM, "RC4", hash, "SHA256" }
#define NOTHING(id, kx, name, hash) { id, "TLS_" kx "_WITH_NULL_" name, TLS_MODE_NULL, 0, hash, "SHA256" }
#define NAMED(id, name) { id, name, TLS_MODE_UNKNOWN, 0, 0, 0 }

static const struct tls_suite suites[] = {
    NAMED(0x0000, "TLS_NULL_WITH_NULL_NULL"),
    NOTHING(0x0001, "RSA", "MD5", "MD5"),
    NOTHING(0x0002, "RSA", "SHA", "SHA1"),
    RC4(0x0004, "RSA", "MD5"),
    { 0x0005, "TLS_RSA_WITH_RC4_128_SHA", TLS_MODE_STREAM, "RC4", "SHA1", "SHA256" },
    TDES(0x000a, "RSA"),
    TDES(0x0013, "DHE_DSS"),
    TDES(0x0016, "DHE_RSA"),
    AES128_SHA(0x002f, "RSA"),
    AES128_SHA(0x0032, "DHE_DSS"),
    AES128_SHA(0x0033, "DHE_RSA"),
    AES128_SHA(0x0034, "DH_anon"),
    AES256_SHA(0x0035, "RSA"),
    AES256_SHA(0x0038, "DHE_DSS"),
    AES256_SHA(0x0039, "DHE_RSA"),
    AES256_SHA(0x003a, "DH_anon"),
    NOTHING(0x003b, "RSA", "SHA256", "SHA256"),
    AES128_SHA256(0x003c, "RSA"),
    AES256_SHA256(0x003d, "RSA"),
    AES128_SHA256(0x0040, "DHE_DSS"),
    { 0x0041, "TLS_RSA_WITH_CAMELLIA_128_CBC_SHA", TLS_MODE_CBC, "CAMELLIA-128-CBC", "SHA1", "SHA256" },
    { 0x0045, "TLS_DHE_RSA_WITH_CAMELLIA_128_CBC_SHA", TLS_MODE_CBC, "CAMELLIA-128-CBC", "SHA1", "SHA256" },
    AES128_SHA256(0x0067, "DHE_RSA"),
    AES256_SHA256(0x006a, "DHE_DSS"),
    AES256_SHA256(0x006b, "DHE_RSA"),
    { 0x0084, "TLS_RSA_WITH_CAMELLIA_256_CBC_SHA", TLS_MODE_CBC, "CAMELLIA-256-CBC", "SHA1", "SHA256" },
    { 0x0088, "TLS_DHE_RSA_WITH_CAMELLIA_256_CBC_SHA", TLS_MODE_CBC, "CAMELLIA-256-CBC", "SHA1", "SHA256" },
    GCM128(0x009c, "RSA"),
    GCM256(0x009d, "RSA"),
    GCM128(0x009e, "DHE_RSA"),
    GCM256(0x009f, "DHE_RSA"),
    GCM128(0x00a2, "DHE_DSS"),
    GCM256(0x00a3, "DHE_DSS"),
    CAMELLIA128(0x00ba, "RSA", "SHA256"),
    CAMELLIA128(0x00be, "DHE_RSA", "SHA256"),
    CAMELLIA256(0x00c0, "RSA", "SHA256", "SHA256"),
    CAMELLIA256(0x00c4, "DHE_RSA", "SHA256", "SHA256"),
    NAMED(0x00ff, "TLS_EMPTY_RENEGOTIATION_INFO_SCSV"),
    { 0x1301, "TLS_AES_128_GCM_SHA256", TLS_MODE_AEAD_GCM, "AES-128-GCM", 0, "SHA256" },
    { 0x1302, "TLS_AES_256_GCM_SHA384", TLS_MODE_AEAD_GCM, "AES-256-GCM", 0, "SHA384" },
    { 0x1303, "TLS_CHACHA20_POLY1305_SHA256", TLS_MODE_AEAD_CHACHA, "ChaCha20-Poly1305", 0, "SHA256" },
    { 0x1304, "TLS_AES_128_CCM_SHA256", TLS_MODE_AEAD_CCM, "AES-128-CCM", 0, "SHA256" },
    { 0x1305, "TLS_AES_128_CCM_8_SHA256", TLS_MODE_AEAD_CCM8, "AES-128-CCM", 0, "SHA256" },
    NAMED(0x5600, "TLS_FALLBACK_SCSV"),
    { 0xc007, "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA", TLS_MODE_STREAM, "RC4", "SHA1", "SHA256" },
    TDES(0xc008, "ECDHE_ECDSA"),
    AES128_SHA(0xc009, "ECDHE_ECDSA"),
    AES256_SHA(0xc00a, "ECDHE_ECDSA"),
    { 0xc011, "TLS_ECDHE_RSA_WITH_RC4_128_SHA", TLS_MODE_STREAM, "RC4", "SHA1", "SHA256" },
    TDES(0xc012, "ECDHE_RSA"),
    AES128_SHA(0xc013, "ECDHE_RSA"),
    AES256_SHA(0xc014, "ECDHE_RSA"),
    AES128_SHA(0xc018, "ECDH_anon"),
    AES256_SHA(0xc019, "ECDH_anon"),
    AES128_SHA256(0xc023, "ECDHE_ECDSA"),
    AES256_SHA384(0xc024, "ECDHE_ECDSA"),
    AES128_SHA256(0xc027, "ECDHE_RSA"),
    AES256_SHA384(0xc028, "ECDHE_RSA"),
    GCM128(0xc02b, "ECDHE_ECDSA"),
    GCM256(0xc02c, "ECDHE_ECDSA"),
    GCM128(0xc02f, "ECDHE_RSA"),
    GCM256(0xc030, "ECDHE_RSA"),
    CAMELLIA128(0xc072, "ECDHE_ECDSA", "SHA256"),
    CAMELLIA256(0xc073, "ECDHE_ECDSA", "SHA384", "SHA384"),
    CAMELLIA128(0xc076, "ECDHE_RSA", "SHA256"),
    CAMELLIA256(0xc077, "ECDHE_RSA", "SHA384", "SHA384"),
    CCM128(0xc09c, "RSA"),
    CCM256(0xc09d, "RSA"),
    CCM128(0xc09e, "DHE_RSA"),
    CCM256(0xc09f, "DHE_RSA"),
    CCM8_128(0xc0a0, "RSA"),
    CCM8_256(0xc0a1, "RSA"),
    CCM8_128(0xc0a2, "DHE_RSA"),
    CCM8_256(0xc0a3, "DHE_RSA"),
    CCM128(0xc0ac, "ECDHE_ECDSA"),
    CCM256(0xc0ad, "ECDHE_ECDSA"),
    CCM8_128(0xc0ae, "ECDHE_ECDSA"),
    CCM8_256(0xc0af, "ECDHE_ECDSA"),
    CHACHA(0xcca8, "ECDHE_RSA"),
    CHACHA(0xcca9, "ECDHE_ECDSA"),
    CHACHA(0xccaa, "DHE_RSA"),
};

const struct tls_suite *tls_suite(uint16_t id)
{
    size_t low = 0, high = sizeof suites / sizeof suites[0];
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (suites[middle].id == id)
            return &suites[middle];
        if (suites[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const struct field_label tls_versions[] = {
    { TLS_SSL3, "SSL 3.0" }, { TLS_1_0, "TLS 1.0" }, { TLS_1_1, "TLS 1.1" },
    { TLS_1_2, "TLS 1.2" }, { TLS_1_3, "TLS 1.3" }, { 0, NULL },
};

const struct field_label tls_contents[] = {
    { 20, "Change Cipher Spec" }, { 21, "Alert" }, { 22, "Handshake" }, { 23, "Application Data" },
    { 24, "Heartbeat" }, { 0, NULL },
};

const struct field_label tls_handshakes[] = {
    { 0, "Hello Request" }, { 1, "Client Hello" }, { 2, "Server Hello" }, { 4, "New Session Ticket" },
    { 5, "End of Early Data" }, { 8, "Encrypted Extensions" }, { 11, "Certificate" },
    { 12, "Server Key Exchange" }, { 13, "Certificate Request" }, { 14, "Server Hello Done" },
    { 15, "Certificate Verify" }, { 16, "Client Key Exchange" }, { 20, "Finished" },
    { 21, "Certificate URL" }, { 22, "Certificate Status" }, { 24, "Key Update" },
    { 25, "Compressed Certificate" }, { 254, "Message Hash" }, { 0, NULL },
};

const struct field_label tls_alerts[] = {
    { 0, "close_notify" }, { 10, "unexpected_message" }, { 20, "bad_record_mac" },
    { 21, "decryption_failed" }, { 22, "record_overflow" }, { 30, "decompression_failure" },
    { 40, "handshake_failure" }, { 41, "no_certificate" }, { 42, "bad_certificate" },
    { 43, "unsupported_certificate" }, { 44, "certificate_revoked" }, { 45, "certificate_expired" },
    { 46, "certificate_unknown" }, { 47, "illegal_parameter" }, { 48, "unknown_ca" },
    { 49, "access_denied" }, { 50, "decode_error" }, { 51, "decrypt_error" }, { 60, "export_restriction" },
    { 70, "protocol_version" }, { 71, "insufficient_security" }, { 80, "internal_error" },
    { 86, "inappropriate_fallback" }, { 90, "user_canceled" }, { 100, "no_renegotiation" },
    { 109, "missing_extension" }, { 110, "unsupported_extension" }, { 112, "unrecognized_name" },
    { 113, "bad_certificate_status_response" }, { 115, "unknown_psk_identity" },
    { 116, "certificate_required" }, { 120, "no_application_protocol" }, { 0, NULL },
};

const struct field_label tls_extensions[] = {
    { 0, "server_name" }, { 1, "max_fragment_length" }, { 5, "status_request" }, { 10, "supported_groups" },
    { 11, "ec_point_formats" }, { 13, "signature_algorithms" }, { 14, "use_srtp" }, { 15, "heartbeat" },
    { 16, "application_layer_protocol_negotiation" }, { 17, "status_request_v2" },
    { 18, "signed_certificate_timestamp" }, { 19, "client_certificate_type" },
    { 20, "server_certificate_type" }, { 21, "padding" }, { 22, "encrypt_then_mac" },
    { 23, "extended_master_secret" }, { 27, "compress_certificate" }, { 28, "record_size_limit" },
    { 35, "session_ticket" }, { 41, "pre_shared_key" }, { 42, "early_data" }, { 43, "supported_versions" },
    { 44, "cookie" }, { 45, "psk_key_exchange_modes" }, { 47, "certificate_authorities" },
    { 48, "oid_filters" }, { 49, "post_handshake_auth" }, { 50, "signature_algorithms_cert" },
    { 51, "key_share" }, { 13172, "next_protocol_negotiation" }, { 65281, "renegotiation_info" }, { 0, NULL },
};

const struct field_label tls_groups[] = {
    { 21, "secp224r1" }, { 23, "secp256r1" }, { 24, "secp384r1" }, { 25, "secp521r1" },
    { 26, "brainpoolP256r1" }, { 27, "brainpoolP384r1" }, { 28, "brainpoolP512r1" },
    { 29, "x25519" }, { 30, "x448" }, { 256, "ffdhe2048" }, { 257, "ffdhe3072" }, { 258, "ffdhe4096" },
    { 259, "ffdhe6144" }, { 260, "ffdhe8192" }, { 0, NULL },
};

const struct field_label tls_signatures[] = {
    { 0x0101, "rsa_pkcs1_md5" }, { 0x0201, "rsa_pkcs1_sha1" }, { 0x0202, "dsa_sha1" },
    { 0x0203, "ecdsa_sha1" }, { 0x0301, "rsa_pkcs1_sha224" }, { 0x0303, "ecdsa_sha224" },
    { 0x0401, "rsa_pkcs1_sha256" }, { 0x0402, "dsa_sha256" }, { 0x0403, "ecdsa_secp256r1_sha256" },
    { 0x0501, "rsa_pkcs1_sha384" }, { 0x0503, "ecdsa_secp384r1_sha384" }, { 0x0601, "rsa_pkcs1_sha512" },
    { 0x0603, "ecdsa_secp521r1_sha512" }, { 0x0804, "rsa_pss_rsae_sha256" },
    { 0x0805, "rsa_pss_rsae_sha384" }, { 0x0806, "rsa_pss_rsae_sha512" }, { 0x0807, "ed25519" },
    { 0x0808, "ed448" }, { 0x0809, "rsa_pss_pss_sha256" }, { 0x080a, "rsa_pss_pss_sha384" },
    { 0x080b, "rsa_pss_pss_sha512" }, { 0, NULL },
};

static const char *name_of(const struct field_label *table, uint32_t number)
{
    for (; table->text; table++)
        if (table->value == number)
            return table->text;
    return NULL;
}

const char *tls_version_name(uint16_t version)
{
    return name_of(tls_versions, version);
}

const char *tls_content_name(uint8_t type)
{
    return name_of(tls_contents, type);
}

const char *tls_handshake_name(uint8_t type)
{
    return name_of(tls_handshakes, type);
}

const char *tls_alert_name(uint8_t description)
{
    return name_of(tls_alerts, description);
}

