#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# Signatures of images: what is asked for, what is refused and how that is said, and that the openssl command makes
# and checks the same ones.

. "$MDESC_SRC/tests/lib.sh"
need runtime

img=$MDESC_BUILD/firmware-descs/mynic/mynic-1.4.fw
other=$MDESC_BUILD/firmware-descs/mynic/mynic-2.0.fw
mkdir certs empty
touch empty/README

# ---- every command that uses an image asks for the signature ----

# refused NAME COMMAND ARG...: class 5, nothing on standard output, and the reason
refused()
{
	local name=$1
	shift
	run_expect "$name" 5 "$MDESC" "$@"
	check "${name}_gives_nothing" test ! -s out
	matches "${name}_says_why" '^mdesc: .*/mynic-1\.4\.fw: is not signed, and a signature is required$' err
}

refused unsigned_show show --require-signature "$img"
refused unsigned_show_cert show --cert certs "$img"
refused unsigned_verify verify --require-signature "$img"
refused unsigned_decode decode --require-signature "$img" 00
refused unsigned_dump dump --require-signature "$img"
refused unsigned_dump_mdesc dump --mdesc --require-signature "$img"
refused unsigned_run run --require-signature "$img" "$MDESC_SRC/tests/captures/none.pcap"
refused unsigned_verify_cert verify --cert certs "$img"
refused unsigned_diff diff --require-signature "$img" "$other"
refused unsigned_stitch stitch --require-signature "$img" -o stitched.btf
check unsigned_stitch_writes_nothing test ! -e stitched.btf
refused unsigned_exec exec --require-signature --image "$img" echo ran
if have bpf-programs; then
	refused unsigned_check check "$MDESC_BUILD/bpf/view.bpf.o" --require-signature --image "$img"
else
	skip unsigned_check bpf-programs "$why"
fi
refused unsigned_publish publish --require-signature "$img" .
refused unsigned_btf btf --require-signature "$img"
refused unsigned_btf_flat btf --flat --cert certs "$img"

# ---- usage of sign ----

run_expect usage_no_key 2 "$MDESC" sign "$img"
matches usage_no_key_says '--key and --cert' err
run_expect usage_no_image 2 "$MDESC" sign --key k --cert c
run_expect usage_both 2 "$MDESC" sign --key k --attach s "$img"
run_expect usage_output 2 "$MDESC" sign --key k --cert c -o x "$img" "$other"
run_expect usage_add_force 2 "$MDESC" sign --key k --cert c --add --force "$img"
run_expect usage_no_such_image 3 "$MDESC" sign --key k --cert c nowhere.fw

if ! have libcrypto; then
	run_expect without_sign 6 "$MDESC" sign --key k --cert c -o x "$img"
	matches without_sign_says 'built without libcrypto$' err
	skip signatures libcrypto "$why"
	finish
fi
if ! have openssl; then
	skip signatures openssl "$why"
	finish
fi

# ---- keys and certificates ----

# own NAME KEYTYPE [ARG...]: NAME.key and its own certificate NAME.crt
own()
{
	local name=$1 type=$2
	shift 2
	openssl req -x509 -newkey "$type" -nodes -keyout "$name.key" -out \
	"$name.crt" -days 3650 -subj "/O=Test/CN=$name" \
		"$@" >>openssl.log 2>&1 || not_ok "openssl_$name" "see: $(tail -n 3 openssl.log)"
}

cat >ca.cnf <<END
[ca]
default_ca = d
[d]
database = index
serial = serial
new_certs_dir = .
default_md = sha256
policy = p
unique_subject = no
[p]
commonName = supplied
END
: >index
echo 01 >serial

# dated NAME KEY FROM TO: a certificate for these dates
dated()
{
	openssl req -new -key "$2" -subj "/CN=$1" -out "$1.csr" &&
		openssl ca -batch -config ca.cnf -selfsign -keyfile "$2" -in "$1.csr" -startdate "$3" -enddate "$4" \
			-notext -out "$1.crt"
}

# issued NAME CA KEYUSAGE: a key whose certificate a CA made
issued()
{
	openssl req -new -newkey rsa:2048 -nodes -keyout "$1.key" -subj "/CN=$1" -out "$1.csr" &&
		printf '%s\n' "$3" >"$1.ext" &&
		openssl x509 -req -in "$1.csr" -CA "$2.crt" -CAkey "$2.key" -CAcreateserial -days 3650 \
			-extfile "$1.ext" \
			-out "$1.crt"
}

ec=(-pkeyopt ec_paramgen_curve:P-256)
own rsa rsa:2048
own ec ec "${ec[@]}"
own weak rsa:1024
own ed ed25519
own k1 ec -pkeyopt ec_paramgen_curve:secp256k1
own tls ec "${ec[@]}" -addext extendedKeyUsage=serverAuth
own agree ec "${ec[@]}" -addext keyUsage=keyAgreement
own code ec "${ec[@]}" -addext extendedKeyUsage=codeSigning -addext keyUsage=digitalSignature
own ca rsa:2048 -addext keyUsage=keyCertSign
dated past ec.key 20000101000000Z 20010101000000Z >>openssl.log 2>&1 || not_ok openssl_past
dated future ec.key 20900101000000Z 20910101000000Z >>openssl.log 2>&1 || not_ok openssl_future
issued leaf ca keyUsage=digitalSignature >>openssl.log 2>&1 || not_ok openssl_leaf
issued notca ca basicConstraints=CA:FALSE >>openssl.log 2>&1 || not_ok openssl_notca
issued below notca keyUsage=digitalSignature >>openssl.log 2>&1 || not_ok openssl_below
for name in rsa ec past future ca leaf notca tls agree code weak ed k1; do
	mkdir "pin-$name"
	cp "$name.crt" "pin-$name"
done
mkdir pin-der pin-all
openssl x509 -in rsa.crt -outform DER -out pin-der/rsa.der
cp rsa.crt pin-all/a.pem
# One that has expired does not stand in the way of a signer who is pinned.
cp past.crt pin-all/past.pem
cat ec.crt ca.crt >pin-all/b.pem

# id IMAGE: its build id
id()
{
	"$MDESC" verify "$1" | cut -d' ' -f1
}

# digest IMAGE FILE: .mdesc.digest, which is what is signed
digest()
{
	objcopy -I elf64-little -O binary -j .mdesc.digest "$1" "$2"
}

# ---- sign ----

for name in rsa ec code; do
	cp "$img" "$name.fw"
	run_expect "sign_$name" 0 "$MDESC" sign --key $name.key --cert $name.crt $name.fw
	check "sign_${name}_says_nothing" sh -c '! cat out err | grep .'
	equal "sign_${name}_keeps_build_id" "$(id "$img")" "$(id $name.fw)"
	run_expect "verify_$name" 0 "$MDESC" verify --cert pin-$name $name.fw
	matches "verify_${name}_tells_signer" "^[0-9a-f]{40}  $name\.fw  \(signed by CN=$name,O=Test\)\$" out
	check "sign_${name}_leaves_nothing" sh -c "! ls $name.fw.*"
done
run_expect verify_in_der 0 "$MDESC" verify --cert pin-der rsa.fw
run_expect verify_several_pins 0 "$MDESC" verify --cert pin-all rsa.fw ec.fw
run_expect verify_json 0 "$MDESC" verify --json --cert pin-rsa rsa.fw
matches verify_json_signer '"signer": "CN=rsa,O=Test"' out
run_expect use_show 0 "$MDESC" show --cert pin-rsa rsa.fw
run_expect use_decode 2 "$MDESC" decode --cert pin-rsa
run_expect use_btf 0 "$MDESC" btf --cert pin-rsa -o signed.btf rsa.fw
"$MDESC" btf -o plain.btf "$img"
same use_btf_same plain.btf signed.btf
"$MDESC" show --sections rsa.fw >out
matches sections_have_it '^\.mdesc\.sig ' out
"$MDESC" dump "$img" >plain.dump
"$MDESC" dump rsa.fw >signed.dump
same tables_same plain.dump signed.dump

cp "$img" out.fw
run_expect sign_output 0 "$MDESC" sign --key rsa.key --cert rsa.crt -o signed.fw out.fw
same sign_output_leaves_image "$img" out.fw
same sign_rsa_is_deterministic rsa.fw signed.fw
run_expect sign_several 0 "$MDESC" sign --key ec.key --cert ec.crt out.fw signed.fw --force
run_expect sign_several_verify 0 "$MDESC" verify -q --cert pin-ec out.fw signed.fw
openssl pkcs8 -topk8 -in ec.key -v2 aes256 -passout pass:secret -out locked.key 2>>openssl.log
printf 'secret\nmore\n' >passphrase
printf 'wrong\n' >wrongphrase
: >nophrase
run_expect sign_passphrase 0 "$MDESC" sign --key locked.key --cert ec.crt --passphrase passphrase -o x.fw "$img"
run_expect sign_passphrase_stdin 0 "$MDESC" sign --key locked.key --cert ec.crt --passphrase - -o x.fw \
	"$img" <passphrase
openssl pkey -in ec.key -outform DER -out ec.key.der
run_expect sign_der_key 0 "$MDESC" sign --key ec.key.der --cert ec.crt -o x.fw "$img"

# ---- sign: what it refuses ----

# no_sign NAME STATUS REGEX ARG...: and nothing is written
no_sign()
{
	local name=$1 status=$2 regex=$3
	shift 3
	rm -f x.fw
	run_expect "no_sign_$name" "$status" "$MDESC" sign -o x.fw "$@" "$img"
	matches "no_sign_${name}_says" "$regex" err
	check "no_sign_${name}_writes_nothing" test ! -e x.fw
}

no_sign locked 1 'locked\.key: no private key .*encrypted, and the passphrase is wrong or was not given' \
	--key locked.key --cert ec.crt
no_sign wrong_passphrase 1 'locked\.key: no private key .*encrypted, and the passphrase is wrong' \
	--key locked.key --cert ec.crt --passphrase wrongphrase
no_sign no_passphrase 1 'nophrase: its first line is empty' --key locked.key --cert ec.crt --passphrase nophrase
no_sign passphrase_not_there 3 'nowhere: No such file' --key locked.key --cert ec.crt --passphrase nowhere
no_sign key_not_there 3 '^mdesc: nowhere: No such file' --key nowhere --cert ec.crt
no_sign cert_not_there 3 '^mdesc: nowhere: No such file' --key ec.key --cert nowhere
no_sign key_is_none 1 'rsa\.crt: no private key' --key rsa.crt --cert rsa.crt
no_sign key_is_device 1 '^mdesc: /dev/zero: is no regular file' --key /dev/zero --cert ec.crt
no_sign cert_is_none 1 'rsa\.key: holds no certificate' --key rsa.key --cert rsa.key
no_sign not_its_key 1 'rsa\.key: is not the key of the certificate in ec\.crt' --key rsa.key --cert ec.crt
no_sign weak 1 'weak\.crt: the certificate is not for signing images: .*fewer than 2048 bits' \
	--key weak.key --cert weak.crt
no_sign ed25519 1 'ed\.crt: .*neither RSA nor on an elliptic curve of NIST' --key ed.key --cert ed.crt
no_sign other_curve 1 'k1\.crt: .*another curve than P-256' --key k1.key --cert k1.crt
no_sign tls 1 'tls\.crt: .*extended key usage leaves out code signing' --key tls.key --cert tls.crt
no_sign agreement 1 'agree\.crt: .*key usage leaves out signatures' --key agree.key --cert agree.crt
no_sign expired 1 'as it would become: is signed by CN=past, whose certificate has expired on Jan .* 2001 GMT' \
	--key ec.key --cert past.crt
cp rsa.fw before.fw
run_expect signed_already 1 "$MDESC" sign --key ec.key --cert ec.crt rsa.fw
matches signed_already_says 'rsa\.fw: is signed already; --add .* --force' err
same signed_already_stays before.fw rsa.fw
head -c 20000 "$img" >damaged.fw
run_expect damaged_image 5 "$MDESC" sign --key ec.key --cert ec.crt damaged.fw
run_expect no_such_folder 2 "$MDESC" sign --key ec.key --cert ec.crt -o nowhere/x.fw "$img"

# ---- two signers, and the change of a key ----

cp rsa.fw both.fw
run_expect add 0 "$MDESC" sign --add --key ec.key --cert ec.crt both.fw
run_expect add_old_key 0 "$MDESC" verify --cert pin-rsa both.fw
matches add_old_signer 'signed by CN=rsa' out
run_expect add_new_key 0 "$MDESC" verify --cert pin-ec both.fw
matches add_new_signer 'signed by CN=ec' out
run_expect add_other_key 5 "$MDESC" verify --cert pin-code both.fw
run_expect force 0 "$MDESC" sign --force --key code.key --cert code.crt both.fw
run_expect force_new_key 0 "$MDESC" verify --cert pin-code both.fw
run_expect force_old_key 5 "$MDESC" verify --cert pin-rsa both.fw
cp "$img" both.fw
run_expect add_to_none 0 "$MDESC" sign --add --key ec.key --cert ec.crt both.fw
run_expect add_to_none_verify 0 "$MDESC" verify --cert pin-ec both.fw

# ---- certificates of a CA ----

cat leaf.crt >chain.pem
run_expect ca_sign 0 "$MDESC" sign --key leaf.key --cert chain.pem -o leaf.fw "$img"
run_expect ca_pinned 0 "$MDESC" verify --cert pin-ca leaf.fw
matches ca_pinned_signer 'signed by CN=leaf\)' out
run_expect ca_leaf_pinned 0 "$MDESC" verify --cert pin-leaf leaf.fw
mkdir pin-leaf-past
cp leaf.crt past.crt pin-leaf-past
cat leaf.crt ca.crt >chain.pem
run_expect ca_in_signature 0 "$MDESC" sign --key leaf.key --cert chain.pem -o x.fw "$img"
run_expect ca_in_signature_is_no_trust 5 "$MDESC" verify --cert pin-rsa x.fw
matches ca_in_signature_is_no_trust_says 'is signed by CN=leaf, whom no certificate in pin-rsa vouches for$' err
run_expect ca_leaf_beside 0 "$MDESC" verify --cert pin-leaf-past x.fw
run_expect ca_other_pinned 5 "$MDESC" verify --cert pin-rsa leaf.fw
cat below.crt notca.crt >chain.pem
run_expect not_ca_sign 0 "$MDESC" sign --key below.key --cert chain.pem -o below.fw "$img"
run_expect not_ca 5 "$MDESC" verify --cert pin-ca below.fw
matches not_ca_says 'by CN=below, but the certificate of CN=notca, which vouches for that, is not accepted: ' err
run_expect not_ca_pinned 5 "$MDESC" verify --cert pin-notca below.fw

# ---- what does not open: each reason its own words ----

# no_verify NAME REGEX DIR IMAGE
no_verify()
{
	run_expect "no_verify_$1" 5 "$MDESC" verify --cert "$3" "$4"
	matches "no_verify_${1}_says" "^mdesc: $2\$" err
	check "no_verify_${1}_gives_nothing" test ! -s out
}

# by OPENSSL_ARG...: x.fw, signed by the openssl command
by()
{
	digest "$img" x.digest
	openssl cms -sign -binary -noattr -in x.digest -outform DER -out x.sig "$@" 2>>openssl.log
	with_sig x.sig
}

# with_sig FILE: x.fw with this signature
with_sig()
{
	llvm-objcopy --add-section .mdesc.sig="$1" "$img" x.fw
}

no_verify unsigned '.*\.fw: is not signed, and a signature is required' pin-rsa "$img"
no_verify unknown 'rsa\.fw: is signed by CN=rsa,O=Test, whom no certificate in pin-ec vouches for' pin-ec rsa.fw
no_verify no_certificates 'empty: holds no certificate \(\*\.pem, \*\.crt, \*\.cer, \*\.der\): nobody is trusted' \
	empty rsa.fw
no_verify no_directory 'nowhere: No such file or directory: no certificate is trusted' nowhere rsa.fw
mkdir pin-bad
echo '-----BEGIN CERTIFICATE-----' >pin-bad/half.pem
no_verify damaged_certificate \
	'pin-bad: holds no certificate .*, as half\.pem cannot be read as one: nobody is trusted' pin-bad rsa.fw
cp ec.crt pin-bad/ec.crt
no_verify damaged_certificate_beside \
	'rsa\.fw: is signed by CN=rsa,O=Test, whom .* pin-bad vouches for \(half\.pem there cannot be read as one\)' \
	pin-bad rsa.fw
run_expect damaged_certificate_harmless 0 "$MDESC" verify --cert pin-bad ec.fw

if ! have llvm-objcopy; then
	skip interchange llvm-objcopy "$why"
	finish
fi
no_verify expired 'x\.fw: is signed by CN=past, whose certificate has expired on Jan  1 00:00:00 2001 GMT' pin-past \
	"$(by -signer past.crt -inkey ec.key; echo x.fw)"
no_verify not_yet 'x\.fw: is signed by CN=future, whose certificate is valid only from .* 2090 GMT on .*clock.*' \
	pin-future "$(by -signer future.crt -inkey ec.key; echo x.fw)"
no_verify key_of_no_certificate \
	'x\.fw: is signed by a key that is of no certificate in pin-ec \(serial [0-9A-F]+ of CN=rsa,O=Test\)' \
	pin-ec "$(by -nocerts -signer rsa.crt -inkey rsa.key; echo x.fw)"
no_verify tls 'x\.fw: is signed by CN=tls,O=Test, whose certificate is not for that: its extended key usage leaves.*' \
	pin-tls "$(by -signer tls.crt -inkey tls.key; echo x.fw)"
no_verify agreement 'x\.fw: is signed by CN=agree,.* not for that: its key usage leaves out signatures' \
	pin-agree "$(by -signer agree.crt -inkey agree.key; echo x.fw)"
no_verify weak 'x\.fw: is signed by CN=weak,.*whose certificate is not accepted: .*key too weak' \
	pin-weak "$(by -signer weak.crt -inkey weak.key; echo x.fw)"
no_verify other_curve 'x\.fw: is signed by CN=k1,.* another curve than P-256, P-384 or P-521' \
	pin-k1 "$(by -signer k1.crt -inkey k1.key; echo x.fw)"
no_verify sha1 'x\.fw: its signature by CN=rsa,O=Test is over a digest that is not trusted \(SHA1\)' \
	pin-rsa "$(by -md sha1 -signer rsa.crt -inkey rsa.key; echo x.fw)"
no_verify own_content 'x\.fw: \.mdesc\.sig: the signature has a content of its own instead of \.mdesc\.digest' \
	pin-rsa "$(by -nodetach -signer rsa.crt -inkey rsa.key; echo x.fw)"
openssl cms -encrypt -binary -in "$img" -outform DER -out x.env rsa.crt 2>>openssl.log
no_verify no_signature 'x\.fw: \.mdesc\.sig: holds CMS, but no signature' pin-rsa "$(with_sig x.env; echo x.fw)"
head -c 100 /dev/zero >x.zero
no_verify zeros 'x\.fw: \.mdesc\.sig: the signature is damaged: it is no CMS structure in DER' \
	pin-rsa "$(with_sig x.zero; echo x.fw)"
by -signer rsa.crt -inkey rsa.key
head -c 200 x.sig >x.half
no_verify half 'x\.fw: \.mdesc\.sig: the signature is damaged: .*' pin-rsa "$(with_sig x.half; echo x.fw)"
(cat x.sig; echo) >x.more
no_verify trailing_byte 'x\.fw: \.mdesc\.sig: the signature is damaged: .*' pin-rsa "$(with_sig x.more; echo x.fw)"
# The last byte of a signature without attributes is one of the number itself.
python3 - x.sig x.flip <<'END'
import sys
data = bytearray(open(sys.argv[1], "rb").read())
data[-1] ^= 1
open(sys.argv[2], "wb").write(data)
END
no_verify flipped 'x\.fw: its signature by CN=rsa,O=Test is damaged: it is none by that key' \
	pin-rsa "$(with_sig x.flip; echo x.fw)"
for name in rsa ec; do
	digest "$other" x.digest
	openssl cms -sign -binary -noattr -in x.digest -outform DER -out x.sig -signer $name.crt -inkey $name.key
	[ $name = rsa ] && also= || also=', or damaged'
	no_verify other_image_$name "x\.fw: its signature by CN=$name,O=Test is of another image$also" \
		pin-$name "$(with_sig x.sig; echo x.fw)"
	openssl cms -sign -binary -in x.digest -outform DER -out x.sig -signer $name.crt -inkey $name.key
	no_verify other_image_attributes_$name "x\.fw: its signature by CN=$name,O=Test is of another image" \
		pin-$name "$(with_sig x.sig; echo x.fw)"
	openssl cms -sign -binary -noattr -in "$img" -outform DER -out x.sig -signer $name.crt -inkey $name.key
	no_verify whole_file_$name "x\.fw: its signature by CN=$name,O=Test is of another image$also" \
		pin-$name "$(with_sig x.sig; echo x.fw)"
done
# A good signature does not make a changed image good: its digest is checked first.
python3 - rsa.fw x.fw <<'END'
import sys
data = bytearray(open(sys.argv[1], "rb").read())
data[0x1300] ^= 1
open(sys.argv[2], "wb").write(data)
END
no_verify changed 'x\.fw: \.mdesc\.[a-z]+\+0x0: the content .* does not have the digest that is recorded' pin-rsa x.fw

# ---- the openssl command makes and checks the same ----

for name in rsa ec; do
	digest "$name.fw" x.digest
	llvm-objcopy --dump-section .mdesc.sig=x.sig "$name.fw" /dev/null
	check "openssl_verifies_$name" openssl cms -verify -binary -inform DER -in x.sig -content x.digest \
		-CAfile "$name.crt" -purpose any -out /dev/null
	"$MDESC" sign --key $name.key --cert $name.crt -o y.fw "$other"
	digest y.fw y.digest
	check "openssl_refuses_other_$name" sh -c "! openssl cms -verify -binary -inform DER -in x.sig \
		-content y.digest \
		-CAfile $name.crt -purpose any -out /dev/null"
	by -signer $name.crt -inkey $name.key
	run_expect "openssl_signs_$name" 0 "$MDESC" verify --cert pin-$name x.fw
	llvm-objcopy --update-section .mdesc.sig=x.sig rsa.fw y.fw
	run_expect "openssl_signs_${name}_update" 0 "$MDESC" verify --cert pin-$name y.fw
	by -nocerts -signer $name.crt -inkey $name.key
	run_expect "openssl_signs_${name}_without_certificate" 0 "$MDESC" verify --cert pin-$name x.fw
	run_expect "attach_${name}_without_certificate" 1 "$MDESC" sign --attach x.sig -o y.fw "$img"
	matches "attach_${name}_without_certificate_says" 'no certificate came with the signature' err
	run_expect "attach_${name}_certificate" 0 "$MDESC" sign --attach x.sig --cert $name.crt -o y.fw "$img"
	run_expect "attach_${name}_certificate_verify" 0 "$MDESC" verify --cert pin-$name y.fw
	openssl cms -sign -binary -in x.digest -outform DER -out x.sig -signer $name.crt -inkey $name.key -md sha512
	run_expect "attach_${name}_attributes" 0 "$MDESC" sign --attach x.sig -o y.fw "$img"
	run_expect "attach_${name}_attributes_verify" 0 "$MDESC" verify --cert pin-$name y.fw
	run_expect "attach_${name}_to_other" 1 "$MDESC" sign --attach x.sig -o z.fw "$other"
	matches "attach_${name}_to_other_says" "would become: its signature by CN=$name,O=Test is of another image" err
	check "attach_${name}_to_other_writes_nothing" test ! -e z.fw
done
run_expect attach_no_signature 1 "$MDESC" sign --attach rsa.key -o z.fw "$img"
matches attach_no_signature_says 'rsa\.key: is no CMS signature in DER' err

# ---- a signature with any byte changed ----

for name in rsa ec; do
	run_expect "damage_$name" 0 "$MDESC_BUILD/tests/sign_tool" $name.fw pin-$name
	diag_file out
done
finish
