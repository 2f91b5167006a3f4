# What the scripts here share. To be sourced, from the root of a checkout.
# shellcheck shell=bash

say() { printf '\n== %s\n' "$*"; }

# Maven, without progress lines and colours, with what it prints also kept in a log.
maven() {
  local log=$1
  shift
  mkdir -p "$(dirname "$log")"
  mvn -B -ntp -Dstyle.color=never "$@" 2>&1 | tee "$log"
  return "${PIPESTATUS[0]}"
}

# javac's warnings in a log of Maven's. javac has no switch for the one about the incubating module, so -Werror cannot be used.
# A warning of javac's names a file and a line; those of Maven itself, of the JVM and of the incubating module do not.
warnings() { grep -E '^\[WARNING\] .*\.java:\[' "$1" | sort -u; }

# Classes of an earlier build: what is not compiled again would not be warned of again, and a deleted class would live on.
forget_classes() { rm -rf "${1:-target}"/{classes,test-classes,maven-status,generated-sources,generated-test-sources}; }
