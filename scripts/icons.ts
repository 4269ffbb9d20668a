// Draws the icons of the installed app from one mark: `node scripts/icons.ts`. The drawn files are committed.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright'

const mark =
  'M16 6a10 10 0 1 0 6.6 17.5l2.2 2.2 2-2-2.2-2.2A10 10 0 0 0 16 6Zm0 3.4a6.6 6.6 0 1 1 0 13.2 6.6 6.6 0 0 1 0-13.2Z'

/** A maskable icon is cut to any shape: its ground fills the square, and the mark keeps to the middle. */
const drawing = (size: number, maskable: boolean) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 32 32"><rect width="32" height="32" rx="${maskable ? 0 : 8}" fill="#1f5fbf"/><path transform="${maskable ? 'translate(4.8 4.8) scale(.7)' : ''}" d="${mark}" fill="#fff"/></svg>`

const icons = [
  { name: 'icon-192', size: 192, maskable: false },
  { name: 'icon-512', size: 512, maskable: false },
  { name: 'icon-maskable-512', size: 512, maskable: true },
]

const executablePath = [process.env.CHROMIUM, '/usr/bin/chromium'].find((path) => path && existsSync(path))
const browser = await chromium.launch({ ...(executablePath && { executablePath }), args: ['--no-sandbox'] })
const page = await browser.newPage()
for (const { name, size, maskable } of icons) {
  await page.setViewportSize({ width: size, height: size })
  await page.setContent(`<body style="margin:0;background:transparent">${drawing(size, maskable)}</body>`)
  const path = fileURLToPath(new URL(`../chat/static/${name}.png`, import.meta.url))
  await page.screenshot({ path, omitBackground: true })
  console.log(path)
}
await browser.close()
