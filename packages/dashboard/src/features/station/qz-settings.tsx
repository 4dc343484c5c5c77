import { useState } from 'react'
import { andon } from '../../live/andon.ts'
import { Button } from '../../ui/button.tsx'
import { SwitchField, TextField } from '../../ui/form.tsx'
import { Icon } from '../../ui/icon.tsx'
import { tried } from '../../ui/notify.ts'
import { setMachine, useMachine } from './machine.ts'

const LARGEST_PORT = 65_535

/** What only few need: another port of QZ Tray, and the certificate that makes it trust us without asking. */
export function QzSettings() {
  return (
    <details className="card group">
      <summary className="flex min-h-13 list-none items-center gap-2 px-5 text-base font-semibold -outline-offset-4 [&::-webkit-details-marker]:hidden">
        <Icon name="chevronRight" size={16} className="transition-transform group-open:rotate-90" />
        Connection with QZ Tray
      </summary>
      <div className="grid gap-6 px-5 pt-1 pb-5 md:max-xl:grid-cols-2">
        <PortForm />
        <Certificate />
      </div>
    </details>
  )
}

function PortForm() {
  const { qzPort } = useMachine()
  const [written, setWritten] = useState(qzPort === null ? '' : String(qzPort.port))
  const [isSecure, setIsSecure] = useState(qzPort?.isSecure ?? false)
  const port = Number(written)
  const isWrong = written !== '' && (!Number.isInteger(port) || port < 1 || port > LARGEST_PORT)
  return (
    <form
      className="space-y-3"
      onSubmit={(event) => {
        event.preventDefault()
        if (!isWrong) setMachine({ qzPort: written === '' ? null : { port, isSecure } })
      }}
    >
      <TextField
        label="Port"
        inputMode="numeric"
        placeholder="8181 to 8485, as QZ Tray comes"
        hint="Empty: all ports that QZ Tray has by itself are tried."
        error={isWrong ? `A port is a number from 1 to ${LARGEST_PORT}.` : null}
        value={written}
        onChange={(event) => setWritten(event.target.value.trim())}
      />
      {written === '' ? null : (
        <SwitchField
          label="With TLS"
          hint="On for the secure ports of QZ Tray, such as 8181."
          isOn={isSecure}
          onChange={setIsSecure}
        />
      )}
      <Button type="submit" icon="refresh" disabled={isWrong}>
        Save and connect
      </Button>
    </form>
  )
}

function Certificate() {
  const download = async () => {
    const text = await tried(() => andon.stations.qzCertificate())
    if (text === null) return
    const link = document.createElement('a')
    link.href = URL.createObjectURL(new Blob([text], { type: 'application/x-pem-file' }))
    link.download = 'override.crt'
    link.click()
    URL.revokeObjectURL(link.href)
  }
  return (
    <div className="space-y-3">
      <div>
        <h3 className="text-sm font-medium">Certificate</h3>
        <p className="mt-1 text-sm text-muted">
          Without it QZ Tray asks its user at each start. Put the file <code>override.crt</code> into the folder of QZ
          Tray on this machine and start QZ Tray again: then it trusts this server, and prints without asking.
        </p>
      </div>
      <Button icon="download" onClick={() => void download()}>
        Download the certificate
      </Button>
    </div>
  )
}
