#!/bin/sh
# rustdoc with what is unstable. The variable is set for it alone, since dependencies would be built anew with it.
RUSTC_BOOTSTRAP=1 exec rustdoc "$@"
