/*
 * tls_crypto.c - key schedules and record deciphering.
 *
 * One function per shape of record: AEAD (GCM, CCM, ChaCha20-Poly1305), CBC
 * with HMAC in either order, and stream or null with HMAC. They differ in
 * where the nonce comes from and in what is authenticated; the text of each
 * RFC is cited there.
 */
#include "visualizer/tls_crypto.h"

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/core_names.h>
#include <openssl/params.h>

#include "core/mem.h"

enum { HEADER = 5, KEY_MAX = 32, IV_MAX = 16, MAC_MAX = 48, RECORD_MAX = 18432, NONCE = 12 };

struct tls_protection {
    const struct tls_suite *suite;
    EVP_CIPHER *cipher;
    EVP_CIPHER_CTX *context;
    uint16_t version;
    bool encrypt_then_mac;
    uint64_t sequence;
    uint8_t secret[64];         /* TLS 1.3: the traffic secret, for KeyUpdate */
    size_t secret_size;
    uint8_t key[KEY_MAX], iv[IV_MAX], mac[MAC_MAX];
    size_t key_size, iv_size, mac_size;
};

/* --- derivation ------------------------------------------------------------------ */

static int derive(const char *name, OSSL_PARAM *params, uint8_t *out, size_t size)
{
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, name, NULL);
    EVP_KDF_CTX *context = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
    const int done = context && EVP_KDF_derive(context, out, size, params) == 1;
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
    return done ? 0 : -1;
}

static OSSL_PARAM octets(const char *key, struct span value)
{
    return OSSL_PARAM_construct_octet_string(key, (void *)value.at, value.len);
}

static OSSL_PARAM text_param(const char *key, const char *value)
{
    return OSSL_PARAM_construct_utf8_string(key, (char *)value, 0);
}

int tls_expand_label(const char *digest, struct span secret, const char *label, struct span context,
                     uint8_t *out, size_t size)
{
    /* struct HkdfLabel: uint16 length; opaque label<7..255> = "tls13 " + label; opaque context<0..255> */
    uint8_t info[2 + 1 + 255 + 1 + 255];
    const size_t label_size = strlen(label);
    if (label_size > 249 || context.len > 255 || size > 0xffff)
        return -1;
    size_t used = 0;
    info[used++] = (uint8_t)(size >> 8);
    info[used++] = (uint8_t)size;
    info[used++] = (uint8_t)(6 + label_size);
    memcpy(info + used, "tls13 ", 6);
    memcpy(info + used + 6, label, label_size);
    used += 6 + label_size;
    info[used++] = (uint8_t)context.len;
    if (context.len)
        memcpy(info + used, context.at, context.len);
    used += context.len;

    int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
    OSSL_PARAM params[] = {
        text_param(OSSL_KDF_PARAM_DIGEST, digest),
        octets(OSSL_KDF_PARAM_KEY, secret),
        octets(OSSL_KDF_PARAM_INFO, (struct span){ (const char *)info, used }),
        OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
        OSSL_PARAM_construct_end(),
    };
    return derive("HKDF", params, out, size);
}

int tls_prf(const char *digest, struct span secret, const char *label, struct span seed, uint8_t *out, size_t size)
{
    uint8_t whole[128];
    const size_t label_size = strlen(label);
    if (label_size + seed.len > sizeof whole)
        return -1;
    memcpy(whole, label, label_size);
    memcpy(whole + label_size, seed.at, seed.len);
    OSSL_PARAM params[] = {
        text_param(OSSL_KDF_PARAM_DIGEST, digest),
        octets(OSSL_KDF_PARAM_SECRET, secret),
        octets(OSSL_KDF_PARAM_SEED, (struct span){ (const char *)whole, label_size + seed.len }),
        OSSL_PARAM_construct_end(),
    };
    return derive("TLS1-PRF", params, out, size);
}

/* --- keys ---------------------------------------------------------------------------- */

static bool is_aead(const struct tls_suite *suite)
{
    return suite->mode >= TLS_MODE_AEAD_GCM;
}

static struct tls_protection *protection_new(const struct tls_suite *suite, uint16_t version)
{
    if (!suite || suite->mode == TLS_MODE_UNKNOWN)
        return NULL;
    struct tls_protection *protection = mem_alloc(sizeof *protection);
    protection->suite = suite;
    protection->version = version;
    if (suite->mode == TLS_MODE_NULL)
        return protection;
    protection->cipher = EVP_CIPHER_fetch(NULL, suite->cipher, NULL);
    protection->context = EVP_CIPHER_CTX_new();
    if (!protection->cipher || !protection->context) { /* RC4, say, which this OpenSSL has put aside */
        tls_protection_free(protection);
        return NULL;
    }
    protection->key_size = (size_t)EVP_CIPHER_get_key_length(protection->cipher);
    return protection;
}

void tls_protection_free(struct tls_protection *protection)
{
    if (!protection)
        return;
    EVP_CIPHER_CTX_free(protection->context);
    EVP_CIPHER_free(protection->cipher);
    OPENSSL_cleanse(protection, sizeof *protection);
    free(protection);
}

static size_t digest_size(const char *digest)
{
    EVP_MD *md = EVP_MD_fetch(NULL, digest, NULL);
    const size_t size = md ? (size_t)EVP_MD_get_size(md) : 0;
    EVP_MD_free(md);
    return size;
}

/* RFC 8446 §7.3: key and iv are expanded from the traffic secret. */
static int keys_from_secret(struct tls_protection *protection)
{
    const struct span secret = { (const char *)protection->secret, protection->secret_size };
    const struct span empty = { "", 0 };
    const char *digest = protection->suite->prf;
    protection->iv_size = NONCE;
    protection->sequence = 0;
    if (tls_expand_label(digest, secret, "key", empty, protection->key, protection->key_size) != 0)
        return -1;
    return tls_expand_label(digest, secret, "iv", empty, protection->iv, protection->iv_size);
}

struct tls_protection *tls_protection_from_traffic(const struct tls_suite *suite, struct span traffic_secret)
{
    if (!suite || !is_aead(suite) || traffic_secret.len != digest_size(suite->prf))
        return NULL;
    struct tls_protection *protection = protection_new(suite, TLS_1_3);
    if (!protection)
        return NULL;
    memcpy(protection->secret, traffic_secret.at, traffic_secret.len);
    protection->secret_size = traffic_secret.len;
    if (keys_from_secret(protection) == 0)
        return protection;
    tls_protection_free(protection);
    return NULL;
}

int tls_protection_update(struct tls_protection *protection)
{
    uint8_t next[64];
    const struct span secret = { (const char *)protection->secret, protection->secret_size };
    if (protection->version != TLS_1_3 ||
        tls_expand_label(protection->suite->prf, secret, "traffic upd", (struct span){ "", 0 }, next,
                         protection->secret_size) != 0)
        return -1;
    memcpy(protection->secret, next, protection->secret_size);
    return keys_from_secret(protection);
}

void tls_protection_skip(struct tls_protection *protection, int64_t records)
{
    protection->sequence += (uint64_t)records;
}

/* How many bytes of IV the key block holds (RFC 5246 §6.3; RFC 5288 §3: salt; RFC 7905 §2). */
static size_t block_iv_size(const struct tls_protection *protection)
{
    switch (protection->suite->mode) {
    case TLS_MODE_AEAD_GCM:
    case TLS_MODE_AEAD_CCM:
    case TLS_MODE_AEAD_CCM8:
        return 4;
    case TLS_MODE_AEAD_CHACHA:
        return NONCE;
    case TLS_MODE_CBC: /* from TLS 1.1 on the IV is in the record (RFC 4346 §6.2.3.2) */
        return protection->version < TLS_1_1 ? (size_t)EVP_CIPHER_get_iv_length(protection->cipher) : 0;
    default:
        return 0;
    }
}

/* key_block = client MAC, server MAC, client key, server key, client IV, server IV (RFC 5246 §6.3). */
static void cut_key_block(struct tls_protection *protection, const uint8_t *block, bool from_client)
{
    const size_t mac = protection->mac_size, key = protection->key_size, iv = protection->iv_size;
    memcpy(protection->mac, block + (from_client ? 0 : mac), mac);
    memcpy(protection->key, block + 2 * mac + (from_client ? 0 : key), key);
    memcpy(protection->iv, block + 2 * mac + 2 * key + (from_client ? 0 : iv), iv);
}

struct tls_protection *tls_protection_from_master(const struct tls_suite *suite, const struct tls_master *master,
                                                  bool from_client)
{
    struct tls_protection *protection = protection_new(suite, master->version);
    if (!protection)
        return NULL;
    protection->encrypt_then_mac = master->encrypt_then_mac && suite->mode == TLS_MODE_CBC;
    protection->mac_size = suite->mac ? digest_size(suite->mac) : 0;
    protection->iv_size = block_iv_size(protection);

    char seed[64];
    uint8_t block[2 * (MAC_MAX + KEY_MAX + IV_MAX)];
    const size_t size = 2 * (protection->mac_size + protection->key_size + protection->iv_size);
    const bool sound = master->server_random.len == 32 && master->client_random.len == 32 &&
                       master->version >= TLS_1_0 && size <= sizeof block;
    if (sound) {
        memcpy(seed, master->server_random.at, 32); /* the server's comes first here (RFC 5246 §6.3) */
        memcpy(seed + 32, master->client_random.at, 32);
    }
    const char *digest = master->version == TLS_1_2 ? suite->prf : "MD5-SHA1";
    if (!sound ||
        tls_prf(digest, master->secret, "key expansion", (struct span){ seed, sizeof seed }, block, size) != 0) {
        tls_protection_free(protection);
        return NULL;
    }
    cut_key_block(protection, block, from_client);
    if (suite->mode == TLS_MODE_STREAM &&
        EVP_DecryptInit_ex(protection->context, protection->cipher, NULL, protection->key, NULL) != 1) {
        tls_protection_free(protection);
        return NULL;
    }
    return protection;
}

/* --- records --------------------------------------------------------------------------- */

static void put_sequence(uint64_t sequence, uint8_t out[8])
{
    for (int i = 0; i < 8; i++)
        out[i] = (uint8_t)(sequence >> (56 - 8 * i));
}

/* The 13 bytes that a MAC or AEAD of TLS 1.2 covers before the content (RFC 5246 §6.2.3.1, §6.2.3.3). */
static void put_pseudo_header(const struct tls_protection *protection, const uint8_t header[HEADER], size_t length,
                              uint8_t out[13])
{
    put_sequence(protection->sequence, out);
    memcpy(out + 8, header, 3);
    out[11] = (uint8_t)(length >> 8);
    out[12] = (uint8_t)length;
}

static bool mac_is_right(const struct tls_protection *protection, const uint8_t header[HEADER], struct span iv,
                         struct span content, const uint8_t *mac)
{
    uint8_t pseudo[13], result[EVP_MAX_MD_SIZE];
    size_t size = 0;
    put_pseudo_header(protection, header, iv.len + content.len, pseudo);
    EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *context = hmac ? EVP_MAC_CTX_new(hmac) : NULL;
    OSSL_PARAM params[] = { text_param(OSSL_MAC_PARAM_DIGEST, protection->suite->mac), OSSL_PARAM_construct_end() };
    const bool done = context && EVP_MAC_init(context, protection->mac, protection->mac_size, params) == 1 &&
                      EVP_MAC_update(context, pseudo, sizeof pseudo) == 1 &&
                      EVP_MAC_update(context, (const uint8_t *)iv.at, iv.len) == 1 &&
                      EVP_MAC_update(context, (const uint8_t *)content.at, content.len) == 1 &&
                      EVP_MAC_final(context, result, &size, sizeof result) == 1;
    EVP_MAC_CTX_free(context);
    EVP_MAC_free(hmac);
    return done && size == protection->mac_size && CRYPTO_memcmp(result, mac, size) == 0;
}

static size_t tag_size(const struct tls_protection *protection)
{
    return protection->suite->mode == TLS_MODE_AEAD_CCM8 ? 8 : 16;
}

static int aead_decipher(struct tls_protection *protection, const uint8_t nonce[NONCE], struct span associated,
                         struct span text, const uint8_t *tag, uint8_t *plain)
{
    EVP_CIPHER_CTX *context = protection->context;
    const bool ccm = protection->suite->mode == TLS_MODE_AEAD_CCM || protection->suite->mode == TLS_MODE_AEAD_CCM8;
    const int tag_length = (int)tag_size(protection), length = (int)text.len;
    int done = 0;
    if (EVP_CIPHER_CTX_reset(context) != 1 || EVP_DecryptInit_ex(context, protection->cipher, NULL, NULL, NULL) != 1 ||
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, NONCE, NULL) != 1 ||
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, tag_length, (void *)tag) != 1 ||
        EVP_DecryptInit_ex(context, NULL, NULL, protection->key, nonce) != 1)
        return -1;
    if (ccm && EVP_DecryptUpdate(context, NULL, &done, NULL, length) != 1) /* CCM wants the length first */
        return -1;
    if (EVP_DecryptUpdate(context, NULL, &done, (const uint8_t *)associated.at, (int)associated.len) != 1 ||
        EVP_DecryptUpdate(context, plain, &done, (const uint8_t *)text.at, length) != 1)
        return -1;
    return ccm || EVP_DecryptFinal_ex(context, plain + done, &done) == 1 ? 0 : -1;
}

/* AEAD: TLS 1.3 (RFC 8446 §5.2, §5.3), TLS 1.2 (RFC 5246 §6.2.3.3, RFC 5288 §3, RFC 7905 §2). */
static int open_aead(struct tls_protection *protection, const uint8_t header[HEADER], struct span payload,
                     uint8_t *plain, size_t *size)
{
    const bool explicit_nonce = protection->iv_size == 4;
    const size_t head = explicit_nonce ? 8 : 0, tag = tag_size(protection);
    if (payload.len < head + tag)
        return -1;
    const struct span text = { payload.at + head, payload.len - head - tag };
    uint8_t nonce[NONCE], associated[13];
    if (explicit_nonce) {
        memcpy(nonce, protection->iv, 4);
        memcpy(nonce + 4, payload.at, 8);
    } else { /* the record number, padded on the left, XOR the IV */
        uint8_t sequence[8];
        put_sequence(protection->sequence, sequence);
        memcpy(nonce, protection->iv, NONCE);
        for (int i = 0; i < 8; i++)
            nonce[4 + i] ^= sequence[i];
    }
    size_t associated_size = HEADER; /* TLS 1.3: the record header as it is */
    if (protection->version == TLS_1_3) {
        memcpy(associated, header, HEADER);
    } else {
        put_pseudo_header(protection, header, text.len, associated);
        associated_size = sizeof associated;
    }
    *size = text.len;
    return aead_decipher(protection, nonce, (struct span){ (const char *)associated, associated_size }, text,
                         (const uint8_t *)text.at + text.len, plain);
}

static int cbc_decipher(struct tls_protection *protection, const uint8_t *iv, struct span text, uint8_t *plain)
{
    int done = 0;
    EVP_CIPHER_CTX *context = protection->context;
    if (EVP_CIPHER_CTX_reset(context) != 1 ||
        EVP_DecryptInit_ex(context, protection->cipher, NULL, protection->key, iv) != 1 ||
        EVP_CIPHER_CTX_set_padding(context, 0) != 1 ||
        EVP_DecryptUpdate(context, plain, &done, (const uint8_t *)text.at, (int)text.len) != 1)
        return -1;
    return 0;
}

/* The padding of TLS: the last byte tells how many bytes equal to it precede it (RFC 5246 §6.2.3.2). */
static int remove_padding(const uint8_t *plain, size_t *size)
{
    if (*size == 0)
        return -1;
    const size_t padding = (size_t)plain[*size - 1] + 1;
    if (padding > *size)
        return -1;
    for (size_t i = *size - padding; i < *size; i++)
        if (plain[i] != padding - 1)
            return -1;
    *size -= padding;
    return 0;
}

static int open_cbc(struct tls_protection *protection, const uint8_t header[HEADER], struct span payload,
                    uint8_t *plain, size_t *size)
{
    const size_t block = (size_t)EVP_CIPHER_get_block_size(protection->cipher), mac = protection->mac_size;
    const bool inner_iv = protection->version >= TLS_1_1;
    const size_t head = inner_iv ? block : 0;
    const size_t after = protection->encrypt_then_mac ? mac : 0;
    if (payload.len < head + after + block)
        return -1;
    const struct span iv = { payload.at, head };
    const struct span text = { payload.at + head, payload.len - head - after };
    if (text.len % block)
        return -1;
    if (protection->encrypt_then_mac && /* RFC 7366 §3: the MAC covers the IV and the ciphertext */
        !mac_is_right(protection, header, iv, text, (const uint8_t *)text.at + text.len))
        return -1;
    if (cbc_decipher(protection, inner_iv ? (const uint8_t *)iv.at : protection->iv, text, plain) != 0)
        return -1;
    *size = text.len;
    if (remove_padding(plain, size) != 0)
        return -1;
    if (!protection->encrypt_then_mac) {
        if (*size < mac)
            return -1;
        *size -= mac;
        if (!mac_is_right(protection, header, span_of(NULL), (struct span){ (const char *)plain, *size },
                          plain + *size))
            return -1;
    }
    if (!inner_iv) /* TLS 1.0: the last block is the next record's IV */
        memcpy(protection->iv, text.at + text.len - block, block);
    return 0;
}

static int open_stream(struct tls_protection *protection, const uint8_t header[HEADER], struct span payload,
                       uint8_t *plain, size_t *size)
{
    int done = 0;
    if (payload.len < protection->mac_size)
        return -1;
    if (protection->suite->mode == TLS_MODE_NULL)
        memcpy(plain, payload.at, payload.len);
    else if (EVP_DecryptUpdate(protection->context, plain, &done, (const uint8_t *)payload.at, (int)payload.len) != 1)
        return -1;
    *size = payload.len - protection->mac_size;
    return mac_is_right(protection, header, span_of(NULL), (struct span){ (const char *)plain, *size }, plain + *size)
               ? 0 : -1;
}

int tls_protection_open(struct tls_protection *protection, const uint8_t header[HEADER], struct span payload,
                        struct buf *out, uint8_t *type)
{
    uint8_t plain[RECORD_MAX + 64];
    size_t size = 0;
    int result = -1;
    if (payload.len > RECORD_MAX)
        return -1;
    if (is_aead(protection->suite))
        result = open_aead(protection, header, payload, plain, &size);
    else if (protection->suite->mode == TLS_MODE_CBC)
        result = open_cbc(protection, header, payload, plain, &size);
    else
        result = open_stream(protection, header, payload, plain, &size);
    *type = header[0];
    if (result == 0 && protection->version == TLS_1_3) { /* RFC 8446 §5.4: content, type, zeros */
        while (size > 0 && plain[size - 1] == 0)
            size--;
        if (size == 0)
            return -1;
        *type = plain[--size];
    }
    buf_clear(out);
    if (result != 0 || buf_add(out, plain, size) != 0)
        return -1;
    protection->sequence++;
    return 0;
}
