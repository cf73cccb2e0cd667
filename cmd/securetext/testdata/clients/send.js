// Sends the letter that comes as JSON on standard input, by nodemailer. A
// refusal goes to standard error in the server's words, and the status is 1.
'use strict';

const fs = require('node:fs');
const nodemailer = require('nodemailer');

const letter = JSON.parse(fs.readFileSync(0, 'utf8'));
const server = nodemailer.createTransport({
  host: 'localhost',
  port: letter.port,
  name: 'desk.riverside.example',
  secure: false,
  requireTLS: letter.tls,
  ignoreTLS: !letter.tls,
  tls: { ca: fs.readFileSync(letter.ca) },
  auth: letter.tls ? { user: letter.user, pass: letter.password } : undefined,
  authMethod: letter.auth,
});

const envelope = { from: letter.from, to: letter.to, use8BitMime: Boolean(letter.raw) };
const written = {
  from: letter.from,
  to: letter.to,
  subject: letter.subject,
  text: letter.text,
  attachments: letter.file_name ? [{ filename: letter.file_name, content: letter.file }] : [],
};

if (letter.notify) envelope.dsn = { id: 'desk-1', return: 'headers', notify: letter.notify.toLowerCase() };

server.sendMail(letter.raw ? { envelope, raw: letter.raw } : { envelope, ...written, dsn: envelope.dsn }).catch((refused) => {
  process.stderr.write(`${refused.response ?? refused}\n`);
  process.exitCode = 1;
});
