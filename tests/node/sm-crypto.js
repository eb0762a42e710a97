'use strict';
// sm-crypto: SM2 signatures with SM3, plain (r and s in hex), for the signer that everybody signs as.

const { sm2, sm3 } = require('sm-crypto');
const { serve } = require('./line');

const hashed = { hash: true };

serve(() => ({
  sign: ({ message, key, pub }) => sm2.doSignature(message, key, { ...hashed, publicKey: pub }),
  verify: ({ message, signature, pub }) => sm2.doVerifySignature(message, signature, pub, hashed),
  digest: ({ message }) => sm3(message),
}));
