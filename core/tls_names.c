#include "tls_names.h"

#include <openssl/bio.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

void tls_expect_name(SSL *ssl, const char *name)
{
    X509_VERIFY_PARAM *parameters = SSL_get0_param(ssl);
    if (X509_VERIFY_PARAM_set1_ip_asc(parameters, name) == 1)
        return; /* RFC 6066 §3: addresses are not permitted in SNI */
    SSL_set_tlsext_host_name(ssl, name);
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    SSL_set1_host(ssl, name);
}

/* The bytes of a BIO as a text of at most size - 1; NUL bytes become "?", so that no name can be cut short. */
static void take_text(BIO *bio, char *text, size_t size)
{
    int got = BIO_read(bio, text, (int)size - 1);
    text[got > 0 ? got : 0] = '\0';
    for (int i = 0; i < got; i++)
        if (text[i] == '\0')
            text[i] = '?';
    BIO_free(bio);
}

static void print_name(const X509_NAME *name, char *text, size_t size)
{
    BIO *bio = BIO_new(BIO_s_mem());
    X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB);
    take_text(bio, text, size);
}

static void print_alternative(BIO *bio, const GENERAL_NAME *name, const char *separator)
{
    if (name->type == GEN_DNS) {
        BIO_printf(bio, "%s", separator);
        BIO_write(bio, ASN1_STRING_get0_data(name->d.dNSName), ASN1_STRING_length(name->d.dNSName));
        return;
    }
    const unsigned char *at = ASN1_STRING_get0_data(name->d.iPAddress);
    int length = ASN1_STRING_length(name->d.iPAddress);
    if (length == 4)
        BIO_printf(bio, "%s%d.%d.%d.%d", separator, at[0], at[1], at[2], at[3]);
    for (int i = 0; length == 16 && i < 16; i += 2)
        BIO_printf(bio, "%s%x", i == 0 ? separator : ":", (unsigned)(at[i] << 8 | at[i + 1]));
}

static void print_alternatives(const X509 *certificate, char *text, size_t size)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    if (names == NULL)
        return;
    BIO *bio = BIO_new(BIO_s_mem());
    const char *separator = "";
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        if (name->type != GEN_DNS && name->type != GEN_IPADD)
            continue;
        print_alternative(bio, name, separator);
        separator = ", ";
    }
    take_text(bio, text, size);
    GENERAL_NAMES_free(names);
}

static void print_fingerprint(const X509 *certificate, char *text)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    if (X509_digest(certificate, EVP_sha256(), digest, &length) != 1 || length != 32)
        return;
    for (unsigned i = 0; i < length; i++)
        snprintf(text + 3 * i, 4, "%02X%s", digest[i], i + 1 < length ? ":" : "");
}

void tls_describe_certificate(const X509 *certificate, struct tls_info *info)
{
    if (certificate == NULL)
        return;
    print_name(X509_get_subject_name(certificate), info->subject, sizeof info->subject);
    print_name(X509_get_issuer_name(certificate), info->issuer, sizeof info->issuer);
    print_alternatives(certificate, info->names, sizeof info->names);
    print_fingerprint(certificate, info->fingerprint);
    BIO *bio = BIO_new(BIO_s_mem());
    ASN1_TIME_print(bio, X509_get0_notAfter(certificate));
    take_text(bio, info->expires, sizeof info->expires);
}
