export type { CheckProgress } from './check-pieces.js';
export { Disk, type DiskOptions } from './disk.js';
export { StorageError, type StorageErrorCode, type StorageErrorPlace } from './errors.js';
export type { FileFacts, FileSystem } from './file-system.js';
export type { StorageFile } from './layout.js';
export { openStorage, type StorageOptions } from './open-storage.js';
export type { HashAlgorithm } from './piece-hash.js';
export type { PieceVerdict, StoreOutcome } from './piece-writer.js';
export type { ResumeOutcome } from './resume.js';
export type { StateRefusal } from './state-file.js';
export type { StatePlace } from './state-keeper.js';
export type { ResumeReport, Storage, StorageListener } from './storage.js';
export {
  deleteFiles,
  type FilesPlace,
  foldersThatExist,
  type MoveOptions,
  moveFiles,
} from './torrent-files.js';
export type { Allocation, PieceHashes, TorrentPlace } from './torrent-tree.js';
export { type VerifyOptions, type VerifyResult, verifyStorage } from './verify-storage.js';
