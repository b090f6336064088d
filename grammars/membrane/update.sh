#!/bin/sh
# Makes src/ and the WebAssembly from grammar.js, and rewrites SOURCE.
# Usage: grammars/membrane/update.sh
#   TREE_SITTER   the program of tree-sitter, 0.25 or newer
#   CLANG         clang for wasm32, as Debian's clang-14 with wasi-libc and libclang-rt-14-dev-wasm32
#   WASM_LD       its linker, as Debian's lld-14
#   WASI_INCLUDE  headers of wasi-libc
set -eu
tree_sitter=${TREE_SITTER:-tree-sitter}
clang=${CLANG:-clang-14}
wasm_ld=${WASM_LD:-wasm-ld-14}
include=${WASI_INCLUDE:-/usr/include/wasm32-wasi}
cd "$(CDPATH='' cd "$(dirname "$0")" && pwd)"
# ABI 14: Neovim 0.7 to 0.9 load no newer one.
"$tree_sitter" generate --abi 14
rm src/tree_sitter/alloc.h src/tree_sitter/array.h
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for part in parser scanner; do
  "$clang" --target=wasm32-unknown-emscripten -isystem "$include" -Os -fPIC -fvisibility=hidden \
    -I src -c "src/$part.c" -o "$work/$part.o"
done
"$wasm_ld" --experimental-pic -shared --no-entry --export=tree_sitter_membrane --allow-undefined --strip-all \
  "$work/parser.o" "$work/scanner.o" -o tree-sitter-membrane.wasm
{
  echo "generator: $("$tree_sitter" --version), ABI 14"
  echo "compiler:  $("$clang" --version | head -n 1)"
  echo "licence:   MIT, as all of Membrane; src/tree_sitter/parser.h is part of tree-sitter: MIT, its authors are in ../c/LICENSE"
  echo "refresh:   grammars/membrane/update.sh"
  echo
  sha256sum grammar.js src/parser.c src/scanner.c src/tree_sitter/parser.h tree-sitter-membrane.wasm
} >SOURCE
