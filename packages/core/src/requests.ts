// What a request may say, for whoever takes requests; a client that sends them does not need it.
export { refuseUnseenNames } from './requests/name.ts'
export { checkText, checkValue, MAX_JSON_DEPTH, pointerToken, tooDeep } from './requests/sound.ts'
export { validatorOf } from './requests/validator.ts'
