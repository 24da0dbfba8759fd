#!/usr/bin/env bash
# Makes build/kafka-tools, the jars of a real Apache Kafka that tests start (deploy/kafka-tools.txt), from
# Maven Central. What is complete is used again.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tools=$(dirname "$here")/build/kafka-tools
list=$here/kafka-tools.txt
plugin=org.apache.maven.plugins:maven-dependency-plugin:2.8

# Written last: a folder without it is half made.
if cmp -s "$list" "$tools/complete.txt"; then
  echo "kafka-tools: all jars are there"
  exit 0
fi
echo "kafka-tools: fetching the jars of deploy/kafka-tools.txt from Maven Central into $tools"
rm -rf "$tools"
mkdir -p "$tools"

# Exactly the jars of the list: none brings others along.
pom() {
  echo '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
  echo '<groupId>tthc</groupId><artifactId>kafka-tools</artifactId><version>1</version>'
  echo '<packaging>pom</packaging><dependencies>'
  grep -v '^#' "$list" | while IFS=': ' read -r group artifact version _; do
    echo "<dependency><groupId>$group</groupId><artifactId>$artifact</artifactId><version>$version</version>"
    echo '<exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions>'
    echo '</dependency>'
  done
  echo '</dependencies></project>'
}
sums() {
  grep -v '^#' "$list" | while IFS=': ' read -r _ artifact version sum; do
    echo "$sum  $artifact-$version.jar"
  done
}

pom >"$tools/pom.xml"
if ! mvn --batch-mode --quiet --file "$tools/pom.xml" "$plugin:copy-dependencies" \
  -DoutputDirectory="$tools/lib" || ! sums | (cd "$tools/lib" && sha256sum --check --quiet -); then
  rm -rf "$tools"
  echo "kafka-tools: could not be fetched (see above): acceptance.kafka is skipped" >&2
  exit 1
fi
cp "$list" "$tools/complete.txt"
