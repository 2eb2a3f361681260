#include "certificate.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "io/durable.h"
#include "io/i18n.h"

enum { DAYS = 3650, DAY = 24 * 60 * 60, PEM_MAX = 64 * 1024 };

static int add_extension(X509 *certificate, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    int status = extension != NULL && X509_add_ext(certificate, extension, -1) == 1 ? 0 : -1;
    X509_EXTENSION_free(extension);
    return status;
}

/* Who it is for: RFC 6125 looks at the alternative names, people at the common name. */
static int add_names(X509 *certificate, const struct config *config)
{
    const char *host = config_text(config, CONFIG_MYHOSTNAME), *domain = config_text(config, CONFIG_MYDOMAIN);
    char *names = mem_printf("DNS:%s,DNS:%s,DNS:localhost,IP:127.0.0.1,IP:::1", host, domain);
    X509_NAME *name = X509_get_subject_name(certificate);
    size_t length = strlen(host);
    int status = X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)host,
                                            length < 64 ? (int)length : 64, -1, 0) == 1 &&
                 X509_set_issuer_name(certificate, name) == 1 &&
                 add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE") == 0 &&
                 add_extension(certificate, NID_key_usage, "critical,digitalSignature,keyCertSign") == 0 &&
                 add_extension(certificate, NID_ext_key_usage, "serverAuth") == 0 &&
                 add_extension(certificate, NID_subject_key_identifier, "hash") == 0 &&
                 add_extension(certificate, NID_subject_alt_name, names) == 0 ? 0 : -1;
    free(names);
    return status;
}

static int add_serial(X509 *certificate)
{
    unsigned char random[8];
    if (RAND_bytes(random, sizeof random) != 1)
        return -1;
    random[0] = (random[0] & 0x3f) | 0x40; /* positive, of full length */
    BIGNUM *number = BN_bin2bn(random, sizeof random, NULL);
    int status = number != NULL && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL ? 0 : -1;
    BN_free(number);
    return status;
}

static X509 *make_certificate(EVP_PKEY *key, const struct config *config)
{
    X509 *certificate = X509_new();
    if (certificate != NULL && X509_set_version(certificate, 2) == 1 && add_serial(certificate) == 0 &&
        X509_gmtime_adj(X509_getm_notBefore(certificate), -DAY) != NULL &&
        X509_gmtime_adj(X509_getm_notAfter(certificate), (long)DAYS * DAY) != NULL &&
        X509_set_pubkey(certificate, key) == 1 && add_names(certificate, config) == 0 &&
        X509_sign(certificate, key, EVP_sha256()) > 0)
        return certificate;
    X509_free(certificate);
    return NULL;
}

/* Makes the directory too. */
static int write_pem(const char *file, BIO *pem, mode_t mode, struct buf *errors)
{
    char *text;
    long size = BIO_get_mem_data(pem, &text);
    const char *slash = strrchr(file, '/');
    char *directory = slash != NULL ? mem_copy(file, (size_t)(slash - file)) : mem_text(".");
    int status = durable_make_directory(directory);
    if (status == 0)
        status = durable_replace(file, text, (size_t)size, mode);
    if (status != 0)
        buf_printf(errors, _("%s: the file cannot be written: %s\n"), file, strerror(errno));
    free(directory);
    return status;
}

static int make(const struct config *config, const char *certificate_file, const char *key_file, struct buf *errors)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = key != NULL ? make_certificate(key, config) : NULL;
    BIO *certificate_pem = BIO_new(BIO_s_mem()), *key_pem = BIO_new(BIO_s_mem());
    int status = -1;
    if (certificate == NULL || certificate_pem == NULL || key_pem == NULL ||
        PEM_write_bio_X509(certificate_pem, certificate) != 1 ||
        PEM_write_bio_PrivateKey(key_pem, key, NULL, NULL, 0, NULL, NULL) != 1)
        buf_add_text(errors, _("OpenSSL cannot make a certificate\n"));
    else if (write_pem(key_file, key_pem, 0600, errors) == 0)
        status = write_pem(certificate_file, certificate_pem, 0644, errors);
    BIO_free(certificate_pem);
    BIO_free(key_pem);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return status;
}

/* Of ours: self-signed. */
static bool is_ours_and_expired(const char *file)
{
    struct buf text;
    buf_init(&text, PEM_MAX);
    durable_read(file, &text);
    BIO *bio = BIO_new_mem_buf(text.data, (int)text.len);
    X509 *certificate = text.len > 0 && bio != NULL ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
    bool expired = certificate != NULL &&
                   X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_issuer_name(certificate)) == 0 &&
                   X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0;
    X509_free(certificate);
    BIO_free(bio);
    buf_free(&text);
    return expired;
}

int certificate_ensure(const struct config *config, struct buf *errors)
{
    const char *certificate = config_text(config, CONFIG_SMTPD_TLS_CERT_FILE);
    const char *key = config_text(config, CONFIG_SMTPD_TLS_KEY_FILE);
    if (config_is_set(config, CONFIG_SMTPD_TLS_CERT_FILE) || config_is_set(config, CONFIG_SMTPD_TLS_KEY_FILE))
        return 0;
    bool have_certificate = access(certificate, F_OK) == 0, have_key = access(key, F_OK) == 0;
    if (have_certificate && have_key && !is_ours_and_expired(certificate))
        return 0;
    if (have_certificate && !have_key) {
        buf_printf(errors, _("%s: the key of this certificate is missing (%s): put it there, or delete the "
                             "certificate to get a new one\n"), certificate, key);
        return -1;
    }
    return make(config, certificate, key, errors);
}
