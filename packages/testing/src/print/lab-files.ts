/** Texts of the files that the print lab writes. */

/**
 * What ippeveprinter runs for each document; it reports pages, waits while there is a fault, and notes each sheet. It ends
 * with ippeveprinter, as a printer does whose plug is pulled.
 */
export const EVE_COMMAND = `#!/bin/sh
CTL=$(dirname $0)/ctl; N=$(cat $CTL/pages); D=$(cat $CTL/delay)
trap 'exit 1' TERM INT
echo "ATTR: job-impressions=$N" >&2; i=0
while [ $i -lt $N ]; do
  if [ -f $CTL/fault ]; then F=$(cat $CTL/fault); echo "STATE: +$F" >&2; while [ -f $CTL/fault ]; do sleep 0.05; done; echo "STATE: -$F" >&2; fi
  [ -f $CTL/abort ] && { rm -f $CTL/abort; echo "ERROR: simulated device failure" >&2; exit 1; }
  sleep $D; kill -0 $PPID 2>/dev/null || exit 1
  i=$((i+1)); echo "$IPP_JOB_NAME" >> $CTL/printed; echo "ATTR: job-impressions-completed=$i" >&2; done
`

/**
 * The backend of the queue Sim_Q. Like those of CUPS it takes back first what the one before it said of the device, and
 * was perhaps ended before it could take back itself.
 */
export const SIM_BACKEND = `#!/bin/sh
[ $# -eq 0 ] && { echo 'direct sim "Unknown" "Simulated device"'; exit 0; }
DIR=\${DEVICE_URI#sim:}; [ -n "$6" ] && cat "$6" > $DIR/out-$1.bin || cat > $DIR/out-$1.bin
N=$(cat $DIR/pages); D=$(cat $DIR/delay); i=0; B=\${PRINTER_STATE_REASONS:-none}
[ "$B" = none ] || [ -f $DIR/fault ] || echo "STATE: -$B" >&2
while [ $i -lt $N ]; do
  if [ -f $DIR/fault ]; then F=$(cat $DIR/fault); echo "STATE: +$F" >&2; echo "WARNING: Needs attention: $F" >&2
    while [ -f $DIR/fault ]; do sleep 0.05; done; echo "STATE: -$F" >&2; fi
  [ -f $DIR/exit ] && { echo "ERROR: simulated backend failure" >&2; E=$(cat $DIR/exit); rm -f $DIR/exit; exit $E; }
  sleep $D; i=$((i+1)); echo "$3" >> $DIR/printed; echo "PAGE: $i 1" >&2; echo "ATTR: job-media-progress=$((i*100/N))" >&2; done
exit 0
`

/** cupsd.conf of a private cupsd that lets everybody on this machine do everything. */
export function cupsdConf(folder: string, port: number): string {
  return `LogLevel info
Listen 127.0.0.1:${port}
Listen ${folder}/run/cups.sock
Browsing No
WebInterface No
DefaultAuthType None
DefaultEncryption Never
PreserveJobHistory Yes
PreserveJobFiles Yes
MaxJobs 0
ErrorPolicy stop-printer
JobRetryInterval 5
<Location />
  Order allow,deny
  Allow localhost
</Location>
<Policy default>
  JobPrivateAccess all
  JobPrivateValues none
  SubscriptionPrivateAccess all
  SubscriptionPrivateValues none
  <Limit All>
    Order allow,deny
    Allow localhost
  </Limit>
</Policy>
`
}

/** cups-files.conf of a private cupsd. */
export function cupsFilesConf(folder: string): string {
  return `User lp
Group lp
SystemGroup root
FileDevice Yes
ServerBin ${folder}/lib
ServerRoot ${folder}/etc
RequestRoot ${folder}/spool
CacheDir ${folder}/cache
StateDir ${folder}/run
TempDir ${folder}/tmp
ErrorLog ${folder}/log/error_log
AccessLog ${folder}/log/access_log
PageLog ${folder}/log/page_log
`
}
