export function PrintersPage() { return <h1>PrintersPage</h1> }
