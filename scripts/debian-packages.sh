#!/bin/sh
# Install what the tests need from Debian: ffmpeg (oracle), Chromium (browser tests), a CJK font, ip(8), nginx (edge), wrk (load, in bench), xmltv-util (judge of guides), PostgreSQL (the other database), Prometheus (its promtool judges alert rules), Tesseract's data for Greek (subtitles that are read). Root only.
set -eu
packages="ffmpeg chromium fonts-noto-cjk iproute2 nginx-light wrk xmltv-util postgresql prometheus tesseract-ocr-ell"
missing=""
for package in $packages; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
[ -z "$missing" ] && exit 0
if [ "$(id -u)" != 0 ]; then
  echo "not installed:$missing; tests that need them are skipped. To install: sudo $0" >&2
  exit 0
fi
apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends $missing
