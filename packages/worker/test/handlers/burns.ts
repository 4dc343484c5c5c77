export function handle(): void {
  for (;;) Math.sqrt(2)
}
