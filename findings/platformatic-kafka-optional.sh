#!/usr/bin/env bash
# As an optional dependency, @platformatic/kafka is left out on Node 20 without a word, although it says that it runs there.
#
# Its own "engines" allow Node 20.19.4 and later. Two packages that it needs, dynamic-buffer and wasm-utils, ask for 22.19.
# npm warns of these in an ordinary install, and the package works on Node 20. In optionalDependencies npm takes the same
# mismatch for a platform that is not supported: it installs nothing, warns of nothing, and exits with 0.
#
# Seen with @platformatic/kafka 1.35.0 on Node 20.20.2 and npm 11.19.1.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
mkdir runtime plain optional
# The package `node` brings that release of Node, whatever runs this script; npm is pinned as well.
(cd runtime && npm init -y > npm.log && npm install --silent --no-audit --no-fund node@20.20.2 npm@11.19.1 > npm.log)
npm20() { PATH="$dir/runtime/node_modules/node/bin:$PATH" node "$dir/runtime/node_modules/npm/bin/npm-cli.js" "$@"; }
cd plain
npm20 init -y > ../npm.log
npm20 install --no-audit --no-fund @platformatic/kafka@1.35.0 > ../npm.log 2>&1
{
  echo "plain: $(grep -c 'required: { node' ../npm.log) warnings"
  ../runtime/node_modules/node/bin/node -e "import('@platformatic/kafka').then(({ Producer }) => console.log('plain:', typeof Producer))"
  cd ../optional
  npm20 init -y > ../npm.log
  npm20 install --no-audit --no-fund --save-optional @platformatic/kafka@1.35.0 > ../npm.log 2>&1
  echo "optional: exit $?, $(grep -c 'required: { node' ../npm.log || true) warnings, $(ls node_modules 2> /dev/null | wc -l | tr -d ' ') packages"
} > ../seen
cd ..
cat > expected <<'TEXT'
plain: 2 warnings
plain: function
optional: exit 0, 0 warnings, 0 packages
TEXT
cat seen
diff expected seen
