/*
 * tls_certificate.c - the few things of an X.509 certificate that tell whose
 * it is: names, validity, serial number. OpenSSL parses it; where a value lies
 * in the bytes is found by looking for it there.
 */
#include "visualizer/tls_handshake.h"

#include <string.h>

#include <openssl/asn1.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "visualizer/tls_fields.h"

/* Adds a value with its place, if the very bytes occur at or after *from; *from moves behind it. */
static void add_found(struct packet *packet, unsigned row, struct slice bytes, size_t *from, struct span value)
{
    const uint8_t *at = value.len ? memmem(bytes.at + *from, bytes.len - *from, value.at, value.len) : NULL;
    if (!at)
        return;
    const size_t offset = (size_t)(at - bytes.at);
    field_bytes(packet, row, bytes, offset, value.len);
    *from = offset + value.len;
}

static struct span string_span(const ASN1_STRING *string)
{
    return (struct span){ (const char *)ASN1_STRING_get0_data(string), (size_t)ASN1_STRING_length(string) };
}

/* DER puts a zero before a number whose first bit would make it negative. */
static void add_serial(struct packet *packet, struct slice bytes, size_t *from, struct span number)
{
    const uint8_t *at = number.len ? memmem(bytes.at, bytes.len, number.at, number.len) : NULL;
    if (!at)
        return;
    const size_t padded = at > bytes.at && (at[0] & 0x80) && at[-1] == 0;
    const size_t offset = (size_t)(at - bytes.at) - padded;
    field_bytes(packet, TLS_FIELD_X509_SERIAL, bytes, offset, number.len + padded);
    *from = offset + padded + number.len;
}

static void add_name(struct packet *packet, struct slice bytes, size_t *from, const X509_NAME *name)
{
    for (int i = 0; i < X509_NAME_entry_count(name); i++) {
        const X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, i);
        const ASN1_STRING *value = X509_NAME_ENTRY_get_data(entry);
        if (OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry)) == NID_countryName)
            add_found(packet, TLS_FIELD_X509_COUNTRY, bytes, from, string_span(value));
        else if (ASN1_STRING_type(value) == V_ASN1_UTF8STRING)
            add_found(packet, TLS_FIELD_X509_UTF8, bytes, from, string_span(value));
        else if (ASN1_STRING_type(value) == V_ASN1_PRINTABLESTRING)
            add_found(packet, TLS_FIELD_X509_PRINTABLE, bytes, from, string_span(value));
    }
}

static void add_time(struct packet *packet, struct slice bytes, const ASN1_TIME *time)
{
    struct tm when;
    if (ASN1_STRING_type(time) != V_ASN1_UTCTIME || ASN1_TIME_to_tm(time, &when) != 1)
        return;
    char text[40];
    const size_t size = strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S (UTC)", &when);
    field_text(packet, TLS_FIELD_X509_UTC_TIME, bytes, 0, 0, (struct span){ text, size });
}

static void copy_name(struct span from, char name[TLS_NAME_MAX + 1])
{
    const size_t size = from.len > TLS_NAME_MAX ? TLS_NAME_MAX : from.len;
    memcpy(name, from.at, size);
    name[size] = '\0';
}

static void add_dns_names(struct packet *packet, struct slice bytes, size_t from, X509 *certificate,
                          char name[TLS_NAME_MAX + 1])
{
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        int type = 0;
        const ASN1_STRING *value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, i), &type);
        if (type != GEN_DNS)
            continue;
        add_found(packet, TLS_FIELD_X509_DNS_NAME, bytes, &from, string_span(value));
        if (name[0] == '\0')
            copy_name(string_span(value), name);
    }
    GENERAL_NAMES_free(names);
}

void tls_certificate_decode(struct packet *packet, struct slice bytes, char name[TLS_NAME_MAX + 1])
{
    const unsigned char *at = bytes.at;
    name[0] = '\0';
    X509 *certificate = d2i_X509(NULL, &at, (long)bytes.len);
    if (!certificate) {
        packet_malformed(packet, N_("The certificate is not valid DER (X.509)."));
        return;
    }
    size_t from = 0;
    const ASN1_INTEGER *serial = X509_get0_serialNumber(certificate);
    add_serial(packet, bytes, &from, string_span((const ASN1_STRING *)serial));
    add_name(packet, bytes, &from, X509_get_issuer_name(certificate));
    add_time(packet, bytes, X509_get0_notBefore(certificate));
    add_time(packet, bytes, X509_get0_notAfter(certificate));
    const X509_NAME *subject = X509_get_subject_name(certificate);
    add_name(packet, bytes, &from, subject);
    const int index = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (index >= 0)
        copy_name(string_span(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, index))), name);
    add_dns_names(packet, bytes, from, certificate, name);
    X509_free(certificate);
}
