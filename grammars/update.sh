#!/bin/sh
# Takes the C grammar's wasm and licence from the npm package and rewrites grammars/c/SOURCE.
# Usage: grammars/update.sh [VERSION]
set -eu
version=${1:-0.24.1}
target=$(CDPATH='' cd "$(dirname "$0")/c" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm pack --silent "tree-sitter-c@$version" >/dev/null
tar xzf "tree-sitter-c-$version.tgz"
cp package/tree-sitter-c.wasm package/LICENSE "$target/"
abi=$(sed -n 's/^#define LANGUAGE_VERSION //p' package/src/parser.c)
sha256=$(sha256sum package/tree-sitter-c.wasm | cut -d' ' -f1)
integrity=sha512-$(openssl dgst -sha512 -binary "tree-sitter-c-$version.tgz" | base64 -w0)
cat >"$target/SOURCE" <<END
file:      tree-sitter-c.wasm
package:   tree-sitter-c $version (npm)
integrity: $integrity
upstream:  https://github.com/tree-sitter/tree-sitter-c
sha256:    $sha256
licence:   MIT, in LICENSE beside this file
abi:       $abi
refresh:   grammars/update.sh VERSION
END
