/*
 * OpenSSL objects that are released on leaving the block:
 *	VSC_AUTO_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
 * For what a function borrows; what it gives away is a plain pointer.
 */
#ifndef VSC_CRYPTO_AUTO_H
#define VSC_CRYPTO_AUTO_H

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/cms.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/params.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/auto.h"

VSC_DEFINE_CLEANUP(vsc_auto_asn1_integer, ASN1_INTEGER, ASN1_INTEGER_free)
VSC_DEFINE_CLEANUP(vsc_auto_asn1_object, ASN1_OBJECT, ASN1_OBJECT_free)
VSC_DEFINE_CLEANUP(vsc_auto_asn1_octets, ASN1_OCTET_STRING, ASN1_OCTET_STRING_free)
VSC_DEFINE_CLEANUP(vsc_auto_bio, BIO, BIO_free_all)
VSC_DEFINE_CLEANUP(vsc_auto_bn, BIGNUM, BN_free)
VSC_DEFINE_CLEANUP(vsc_auto_bn_secret, BIGNUM, BN_clear_free)
VSC_DEFINE_CLEANUP(vsc_auto_bn_ctx, BN_CTX, BN_CTX_free)
VSC_DEFINE_CLEANUP(vsc_auto_bn_mont, BN_MONT_CTX, BN_MONT_CTX_free)
VSC_DEFINE_CLEANUP(vsc_auto_cipher, EVP_CIPHER, EVP_CIPHER_free)
VSC_DEFINE_CLEANUP(vsc_auto_cipher_ctx, EVP_CIPHER_CTX, EVP_CIPHER_CTX_free)
VSC_DEFINE_CLEANUP(vsc_auto_cms, CMS_ContentInfo, CMS_ContentInfo_free)
VSC_DEFINE_CLEANUP(vsc_auto_ec_group, EC_GROUP, EC_GROUP_free)
VSC_DEFINE_CLEANUP(vsc_auto_ec_point, EC_POINT, EC_POINT_clear_free)
VSC_DEFINE_CLEANUP(vsc_auto_ecdsa_sig, ECDSA_SIG, ECDSA_SIG_free)
VSC_DEFINE_CLEANUP(vsc_auto_mac, EVP_MAC, EVP_MAC_free)
VSC_DEFINE_CLEANUP(vsc_auto_mac_ctx, EVP_MAC_CTX, EVP_MAC_CTX_free)
VSC_DEFINE_CLEANUP(vsc_auto_md, EVP_MD, EVP_MD_free)
VSC_DEFINE_CLEANUP(vsc_auto_md_ctx, EVP_MD_CTX, EVP_MD_CTX_free)
VSC_DEFINE_CLEANUP(vsc_auto_param, OSSL_PARAM, OSSL_PARAM_free)
VSC_DEFINE_CLEANUP(vsc_auto_param_bld, OSSL_PARAM_BLD, OSSL_PARAM_BLD_free)
VSC_DEFINE_CLEANUP(vsc_auto_pkcs8, PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free)
VSC_DEFINE_CLEANUP(vsc_auto_pkey, EVP_PKEY, EVP_PKEY_free)
VSC_DEFINE_CLEANUP(vsc_auto_pkey_ctx, EVP_PKEY_CTX, EVP_PKEY_CTX_free)
VSC_DEFINE_CLEANUP(vsc_auto_x509, X509, X509_free)
VSC_DEFINE_CLEANUP(vsc_auto_x509_ext, X509_EXTENSION, X509_EXTENSION_free)
VSC_DEFINE_CLEANUP(vsc_auto_x509_name, X509_NAME, X509_NAME_free)

#define VSC_AUTO_ASN1_INTEGER VSC_CLEANUP(vsc_auto_asn1_integer) ASN1_INTEGER
#define VSC_AUTO_ASN1_OBJECT  VSC_CLEANUP(vsc_auto_asn1_object) ASN1_OBJECT
#define VSC_AUTO_ASN1_OCTETS  VSC_CLEANUP(vsc_auto_asn1_octets) ASN1_OCTET_STRING
#define VSC_AUTO_BIO          VSC_CLEANUP(vsc_auto_bio) BIO
#define VSC_AUTO_BN           VSC_CLEANUP(vsc_auto_bn) BIGNUM
#define VSC_AUTO_BN_SECRET    VSC_CLEANUP(vsc_auto_bn_secret) BIGNUM
#define VSC_AUTO_BN_CTX       VSC_CLEANUP(vsc_auto_bn_ctx) BN_CTX
#define VSC_AUTO_BN_MONT      VSC_CLEANUP(vsc_auto_bn_mont) BN_MONT_CTX
#define VSC_AUTO_CIPHER       VSC_CLEANUP(vsc_auto_cipher) EVP_CIPHER
#define VSC_AUTO_CIPHER_CTX   VSC_CLEANUP(vsc_auto_cipher_ctx) EVP_CIPHER_CTX
#define VSC_AUTO_CMS          VSC_CLEANUP(vsc_auto_cms) CMS_ContentInfo
#define VSC_AUTO_EC_GROUP     VSC_CLEANUP(vsc_auto_ec_group) EC_GROUP
#define VSC_AUTO_EC_POINT     VSC_CLEANUP(vsc_auto_ec_point) EC_POINT
#define VSC_AUTO_ECDSA_SIG    VSC_CLEANUP(vsc_auto_ecdsa_sig) ECDSA_SIG
#define VSC_AUTO_MAC          VSC_CLEANUP(vsc_auto_mac) EVP_MAC
#define VSC_AUTO_MAC_CTX      VSC_CLEANUP(vsc_auto_mac_ctx) EVP_MAC_CTX
#define VSC_AUTO_MD           VSC_CLEANUP(vsc_auto_md) EVP_MD
#define VSC_AUTO_MD_CTX       VSC_CLEANUP(vsc_auto_md_ctx) EVP_MD_CTX
#define VSC_AUTO_PARAM        VSC_CLEANUP(vsc_auto_param) OSSL_PARAM
#define VSC_AUTO_PARAM_BLD    VSC_CLEANUP(vsc_auto_param_bld) OSSL_PARAM_BLD
#define VSC_AUTO_PKCS8        VSC_CLEANUP(vsc_auto_pkcs8) PKCS8_PRIV_KEY_INFO
#define VSC_AUTO_PKEY         VSC_CLEANUP(vsc_auto_pkey) EVP_PKEY
#define VSC_AUTO_PKEY_CTX     VSC_CLEANUP(vsc_auto_pkey_ctx) EVP_PKEY_CTX
#define VSC_AUTO_X509         VSC_CLEANUP(vsc_auto_x509) X509
#define VSC_AUTO_X509_EXT     VSC_CLEANUP(vsc_auto_x509_ext) X509_EXTENSION
#define VSC_AUTO_X509_NAME    VSC_CLEANUP(vsc_auto_x509_name) X509_NAME

#endif
