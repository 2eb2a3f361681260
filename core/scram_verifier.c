#include "scram_verifier.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

#include "base64.h"
#include "utf8.h"

static const char prefix[] = "SCRAM-SHA-256$";

/* RFC 4013 §2.1: the spaces of RFC 3454 table C.1.2. */
static bool is_odd_space(uint32_t code)
{
    return code == 0xa0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200b) || code == 0x202f ||
           code == 0x205f || code == 0x3000;
}

/* RFC 4013 §2.3: table C.2. */
static bool is_control(uint32_t code)
{
    return code < 32 || (code >= 127 && code < 160) || code == 0x2028 || code == 0x2029 || code == 0xfeff;
}

static int prepare(struct span password, struct buf *out)
{
    for (size_t at = 0; at < password.len;) {
        uint32_t code;
        size_t length = utf8_read(password.at + at, password.len - at, &code);
        if (length == 0 || is_control(code))
            return -1;
        int status = is_odd_space(code) ? buf_add(out, " ", 1) : buf_add(out, password.at + at, length);
        if (status != 0)
            return -1;
        at += length;
    }
    return out->len > 0 ? 0 : -1;
}

static void wipe_buf(struct buf *buf)
{
    if (buf->data != NULL)
        OPENSSL_cleanse(buf->data, buf->cap);
    buf_free(buf);
}

void scram_sign(const unsigned char key[SCRAM_KEY], struct span text, unsigned char out[SCRAM_KEY])
{
    unsigned length = 0;
    if (HMAC(EVP_sha256(), key, SCRAM_KEY, (const unsigned char *)text.at, text.len, out, &length) == NULL)
        abort(); /* only when there is no memory */
}

static void hash(const unsigned char in[SCRAM_KEY], unsigned char out[SCRAM_KEY])
{
    if (EVP_Digest(in, SCRAM_KEY, out, NULL, EVP_sha256(), NULL) != 1)
        abort();
}

int scram_keys_make(struct span password, struct span salt, uint32_t iterations, struct scram_keys *keys)
{
    struct buf text;
    unsigned char salted[SCRAM_KEY];
    if (salt.len == 0 || salt.len > SCRAM_MAX_SALT || iterations == 0 || iterations > SCRAM_MAX_ITERATIONS)
        return -1;
    buf_init(&text, SCRAM_MAX_PASSWORD);
    int status = prepare(password, &text);
    if (status == 0 && PKCS5_PBKDF2_HMAC(text.data, (int)text.len, (const unsigned char *)salt.at, (int)salt.len,
                                         (int)iterations, EVP_sha256(), SCRAM_KEY, salted) != 1)
        status = -1;
    wipe_buf(&text);
    if (status != 0)
        return -1;
    scram_sign(salted, span_of("Client Key"), keys->client);
    scram_sign(salted, span_of("Server Key"), keys->server);
    hash(keys->client, keys->stored);
    OPENSSL_cleanse(salted, sizeof salted);
    return 0;
}

int scram_verifier_make(struct span password, struct span salt, uint32_t iterations, struct scram_verifier *verifier)
{
    struct scram_keys keys;
    if (scram_keys_make(password, salt, iterations, &keys) != 0)
        return -1;
    *verifier = (struct scram_verifier){ .iterations = iterations, .salt_length = salt.len };
    memcpy(verifier->salt, salt.at, salt.len);
    memcpy(verifier->stored_key, keys.stored, SCRAM_KEY);
    memcpy(verifier->server_key, keys.server, SCRAM_KEY);
    OPENSSL_cleanse(&keys, sizeof keys);
    return 0;
}

bool scram_verifier_check(struct span password, const struct scram_verifier *verifier)
{
    struct scram_keys keys;
    struct span salt = { (const char *)verifier->salt, verifier->salt_length };
    if (scram_keys_make(password, salt, verifier->iterations, &keys) != 0)
        return false;
    bool same = CRYPTO_memcmp(keys.stored, verifier->stored_key, SCRAM_KEY) == 0;
    OPENSSL_cleanse(&keys, sizeof keys);
    return same;
}

void scram_proof_make(const struct scram_keys *keys, struct span conversation, unsigned char proof[SCRAM_KEY])
{
    scram_sign(keys->stored, conversation, proof);
    for (int i = 0; i < SCRAM_KEY; i++)
        proof[i] ^= keys->client[i];
}

bool scram_proof_right(const unsigned char stored[SCRAM_KEY], struct span conversation, struct span proof)
{
    unsigned char key[SCRAM_KEY], found[SCRAM_KEY];
    if (proof.len != SCRAM_KEY)
        return false;
    scram_sign(stored, conversation, key);
    for (int i = 0; i < SCRAM_KEY; i++)
        key[i] = (unsigned char)(key[i] ^ (unsigned char)proof.at[i]);
    hash(key, found);
    OPENSSL_cleanse(key, sizeof key);
    return CRYPTO_memcmp(found, stored, SCRAM_KEY) == 0;
}

int scram_verifier_write(const struct scram_verifier *verifier, struct buf *out)
{
    struct span salt = { (const char *)verifier->salt, verifier->salt_length };
    struct span stored = { (const char *)verifier->stored_key, SCRAM_KEY };
    struct span server = { (const char *)verifier->server_key, SCRAM_KEY };
    int status = buf_printf(out, "%s%u:", prefix, (unsigned)verifier->iterations);
    status |= base64_encode(salt, out);
    status |= buf_add_text(out, "$");
    status |= base64_encode(stored, out);
    status |= buf_add_text(out, ":");
    return status | base64_encode(server, out);
}

/* Takes what stands before the end sign (all of it when end is 0) off the front of text. 0, or -1. */
static int cut(struct span *text, char end, struct span *piece)
{
    const char *found = end == '\0' ? text->at + text->len : text->len > 0 ? memchr(text->at, end, text->len) : NULL;
    if (found == NULL)
        return -1;
    *piece = (struct span){ text->at, (size_t)(found - text->at) };
    size_t used = piece->len + (end != '\0');
    *text = (struct span){ text->at + used, text->len - used };
    return 0;
}

static int read_iterations(struct span text, uint32_t *iterations)
{
    uint32_t value = 0;
    if (text.len == 0 || text.len > 7)
        return -1;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] < '0' || text.at[i] > '9')
            return -1;
        value = value * 10 + (uint32_t)(text.at[i] - '0');
    }
    *iterations = value;
    return value > 0 && value <= SCRAM_MAX_ITERATIONS ? 0 : -1;
}

static int read_bytes(struct span text, unsigned char *bytes, size_t least, size_t most, size_t *length)
{
    struct buf out;
    buf_init(&out, most);
    int status = base64_decode(text, &out) == 0 && out.len >= least ? 0 : -1;
    if (status == 0)
        memcpy(bytes, out.data, out.len);
    *length = out.len;
    buf_free(&out);
    return status;
}

int scram_verifier_parse(struct span text, struct scram_verifier *verifier)
{
    struct span iterations, salt, stored, server;
    size_t length;
    *verifier = (struct scram_verifier){ .iterations = 0 };
    if (text.len < sizeof prefix - 1 || memcmp(text.at, prefix, sizeof prefix - 1) != 0)
        return -1;
    text = (struct span){ text.at + sizeof prefix - 1, text.len - (sizeof prefix - 1) };
    if (cut(&text, ':', &iterations) != 0 || cut(&text, '$', &salt) != 0 || cut(&text, ':', &stored) != 0 ||
        cut(&text, '\0', &server) != 0)
        return -1;
    if (read_iterations(iterations, &verifier->iterations) != 0 ||
        read_bytes(salt, verifier->salt, 1, SCRAM_MAX_SALT, &verifier->salt_length) != 0 ||
        read_bytes(stored, verifier->stored_key, SCRAM_KEY, SCRAM_KEY, &length) != 0)
        return -1;
    return read_bytes(server, verifier->server_key, SCRAM_KEY, SCRAM_KEY, &length);
}
