/*
 * identity.h - a certificate for tests, made on the spot, so that none lies
 * around and runs out.
 */
#ifndef PLI_TESTS_UNIT_IDENTITY_H
#define PLI_TESTS_UNIT_IDENTITY_H

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include "core/mem.h"

/* A self-signed certificate for the names, and its key, as PEM. */
struct identity {
    char *certificate;
    char *key;
};

static inline char *identity_pem(BIO *bio)
{
    char *data;
    long length = BIO_get_mem_data(bio, &data);
    char *text = mem_copy(data, (size_t)length);
    BIO_free(bio);
    return text;
}

static inline struct identity identity_new(const char *names)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 7);
    X509_set_version(certificate, X509_VERSION_3);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME *name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"mail.test", -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, names);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    X509_sign(certificate, key, EVP_sha256());
    BIO *one = BIO_new(BIO_s_mem());
    BIO *two = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(one, certificate);
    PEM_write_bio_PrivateKey(two, key, NULL, NULL, 0, NULL, NULL);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return (struct identity){ identity_pem(one), identity_pem(two) };
}

static inline void identity_free(struct identity *identity)
{
    free(identity->certificate);
    free(identity->key);
}

#endif
