export function PrinterPage() { return <h1>PrinterPage</h1> }
