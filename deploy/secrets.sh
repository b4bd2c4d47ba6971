#!/bin/sh
# Make the secrets that the parts of a split deployment share, each in a file: secrets.sh FOLDER
# What is there already is kept. The folder is closed; the files are readable, because each container has its own user.
set -eu
folder=${1:?name a folder}
umask 077
mkdir -p "$folder"
cd "$folder"
[ -s secret_key ] || openssl rand -hex 32 > secret_key
[ -s token_keys ] || openssl rand -base64 32 | tr '+/' '-_' > token_keys
[ -s metrics_token ] || openssl rand -hex 32 > metrics_token
[ -s database_password ] || openssl rand -hex 32 > database_password
[ -s database_url ] || printf 'postgresql://dylumo:%s@database/dylumo\n' "$(cat database_password)" > database_url
[ -e s3_secret ] || : > s3_secret # of a bucket, for Kubernetes: the machines' own role, unless you write one there
chmod 0444 secret_key token_keys metrics_token database_password database_url s3_secret
