'use strict';
// A browser: Chromium without a window, driven by its DevTools protocol.

const { spawn } = require('node:child_process');
const { mkdtempSync, readFileSync, existsSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { WebSocket } = require('undici');
const { serve } = require('./line');

const FLAGS = [
  '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync', '--remote-debugging-port=0',
  '--proxy-server=direct://',
];
const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

const until = async (look) => {
  for (;;) {
    const found = await look();
    if (found) return found;
    await sleep(50);
  }
};

serve(async ({ program }) => {
  const folder = mkdtempSync(join(tmpdir(), 'browser-'));
  const browser = spawn(program, [...FLAGS, `--user-data-dir=${folder}`, 'about:blank'], { stdio: 'ignore' });
  process.on('exit', () => { browser.kill('SIGKILL'); rmSync(folder, { recursive: true, force: true }); });
  process.stdin.on('end', () => process.exit());
  const port = await until(() => {
    const file = join(folder, 'DevToolsActivePort');
    return existsSync(file) && readFileSync(file, 'utf8').split('\n')[0];
  });
  const page = await until(async () => {
    const targets = await (await fetch(`http://127.0.0.1:${port}/json/list`)).json();
    return targets.find((target) => target.type === 'page');
  });
  const socket = new WebSocket(page.webSocketDebuggerUrl);
  await new Promise((resolve, reject) => { socket.onopen = resolve; socket.onerror = reject; });
  const waiting = new Map();
  let last = 0;
  socket.onmessage = ({ data }) => {
    const told = JSON.parse(data);
    const answer = waiting.get(told.id);
    if (answer) { waiting.delete(told.id); answer(told); }
  };
  const ask = (method, params = {}) => new Promise((resolve, reject) => {
    last += 1;
    waiting.set(last, (told) => (told.error ? reject(new Error(told.error.message)) : resolve(told.result)));
    socket.send(JSON.stringify({ id: last, method, params }));
  });
  const evaluated = async (expression) => {
    const { result, exceptionDetails } = await ask('Runtime.evaluate', { expression, returnByValue: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception.description);
    return result.value;
  };
  const seen = ({ expression }) => until(async () => {
    try {
      return await evaluated(expression);
    } catch {
      return null; // between two pages there is nothing to look at
    }
  });
  return {
    open: async ({ url }) => { await ask('Page.navigate', { url }); return seen({ expression: 'document.readyState === "complete"' }); },
    evaluate: ({ expression }) => evaluated(expression),
    seen,
  };
});
