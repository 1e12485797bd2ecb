"use client";

import type { Workspace } from "@berth/domain";
import { useEffect, useMemo, useRef, useState } from "react";
import { startDownload } from "#shared/api/start-download.ts";
import { FOCUS_TARGETS, focusTarget } from "#shared/focus/focus-registry.ts";
import { Coalescer } from "#shared/live/coalescer.ts";
import { onFilesChanged } from "#shared/live/live-events.tsx";
import { useActor } from "#shared/session/actor.tsx";
import { ConfirmDialog } from "#shared/ui/confirm-dialog.tsx";
import { cx } from "#shared/ui/cx.ts";
import { PointMenu } from "#shared/ui/menu.tsx";
import { notifyError } from "#shared/ui/notify.tsx";
import { navigate, useUrlState } from "#shared/url/use-url-state.ts";
import { Breadcrumbs } from "./breadcrumbs.tsx";
import { draftKey, getDraft, setDraft } from "./editor/draft-store.ts";
import { FileTabs } from "./editor/file-tabs.tsx";
import { FileView } from "./editor/file-view.tsx";
import { lineCommand } from "./editor/line-command.ts";
import { isSameFile, type OpenFile, tabAfterClosing, useOpenFiles } from "./editor/open-file-store.ts";
import { FileMenuItems } from "./file-menu-items.tsx";
import { type FileQuestion, FileQuestions } from "./file-questions.tsx";
import { archiveUrl, type Place } from "./file-url.ts";
import { FilesToolbar, RootSwitch } from "./files-toolbar.tsx";
import { afterMove, baseName, isWithin, parentOf, TOP } from "./paths.ts";
import { useListFolder } from "./queries.ts";
import { SearchField } from "./search/search-field.tsx";
import { type ResultsHandle, SearchResults } from "./search/search-results.tsx";
import { useSearch } from "./search/use-search.ts";
import { FileTree, type TreeHandle } from "./tree/file-tree.tsx";
import { TreeStore } from "./tree/tree-store.ts";
import { gatherDropped } from "./upload/gather.ts";
import { targetOf } from "./upload/plan.ts";
import { UploadList } from "./upload/upload-list.tsx";
import { uploadsOf } from "./upload/uploads.ts";
import { useFileActions } from "./use-file-actions.ts";
import { useRefreshFiles } from "./use-refresh-files.ts";
import { useUndoableMove } from "./use-undoable-move.ts";
import { useWatch } from "./watch/use-watch.ts";

const RELOAD_PAUSE_MILLISECONDS = 600;

/** One root of a workspace: its tree, open files and uploads. Wide panels show tree and file side by side. */
export function FileBrowser({ workspace, place }: { workspace: Workspace; place: Place }) {
  const url = useUrlState();
  const actorId = useActor().id;
  const store = useTree(place);
  const refreshFiles = useRefreshFiles(place);
  useWatch(workspace, place, store, refreshFiles);
  const openFiles = useOpenFiles(actorId, place.workspaceId);
  const actions = useFileActions(place, store, openFiles);
  const uploads = uploadsOf(place);
  const [current, setCurrent] = useState(url.path);
  const [question, setQuestion] = useState<FileQuestion | null>(null);
  const [menu, setMenu] = useState<{ path: string; at: { x: number; y: number } } | null>(null);
  const [closing, setClosing] = useState<OpenFile | null>(null);
  const [searchText, setSearchText] = useState("");
  const search = useSearch(place, searchText);
  const results = useRef<ResultsHandle>(null);
  const tree = useRef<TreeHandle>(null);
  /** Whether the dialog ended with a change, which then takes the focus. */
  const hasLanded = useRef(false);
  const searchField = useRef<HTMLInputElement>(null);
  const isReadOnly = workspace.status === "deleted" || workspace.status === "deleting";

  const active: OpenFile | null = url.file === null ? null : { root: place.root, path: url.file };
  const isFolder = (path: string) => path === TOP || store.entryAt(path)?.kind === "directory";
  const folder = isFolder(current) ? current : parentOf(current);

  useEffect(() => {
    if (url.file !== null) openFiles.open({ root: place.root, path: url.file });
  }, [url.file, place.root, openFiles.open]);

  const goTo = (path: string) => {
    setCurrent(path);
    const at = isFolder(path) ? path : parentOf(path);
    navigate((state) => ({ ...state, path: at }), "replace");
  };
  const showFile = (file: OpenFile | null) =>
    navigate((state) => ({ ...state, root: file?.root ?? state.root, file: file?.path ?? null }));

  const ask = (next: FileQuestion) => {
    hasLanded.current = false;
    setQuestion(next);
  };
  const landOn = (path: string) => {
    hasLanded.current = true;
    goTo(path);
  };
  /** The tree's current row, or the open file if it hides the tree. */
  const landing = () => {
    if (!hasLanded.current) return null;
    const row = tree.current?.currentRow();
    if (row?.checkVisibility() || !active) return row ?? null;
    return focusTarget(FOCUS_TARGETS.fileTab(active.root, active.path));
  };
  const move = useUndoableMove(actions, (from, to) => {
    landOn(to);
    if (url.file !== null && isWithin(url.file, from))
      showFile({ root: place.root, path: afterMove(url.file, from, to) });
  });

  const openPath = (path: string) => {
    goTo(path);
    showFile({ root: place.root, path });
  };

  const openFound = (path: string, line: number | null, isFoundFolder: boolean) => {
    if (line !== null) lineCommand.send({ fileKey: draftKey(actorId, place.workspaceId, place.root, path), line });
    if (isFoundFolder) {
      setSearchText("");
      void store.reveal(path).then(() => store.expand(path));
      goTo(path);
    } else openPath(path);
  };

  const close = (file: OpenFile) => {
    setDraft(draftKey(actorId, place.workspaceId, file.root, file.path), null);
    openFiles.close(file);
    if (active && isSameFile(active, file)) showFile(tabAfterClosing(openFiles.files, file));
  };
  const askToClose = (file: OpenFile) => {
    if (getDraft(draftKey(actorId, place.workspaceId, file.root, file.path))) setClosing(file);
    else close(file);
  };

  const dropInto = async (target: string, items: DataTransferItemList) => {
    if (isReadOnly) return;
    try {
      const { files, emptyFolders } = await gatherDropped(items);
      uploads.add(target, files);
      await store.expand(target);
      await actions.createFolders(emptyFolders.map((empty) => targetOf(target, empty)));
    } catch (error) {
      notifyError(error, "Could not read the dropped files.");
    }
  };

  return (
    <div className="@container flex min-h-0 flex-1 flex-col">
      {openFiles.files.length > 0 && (
        <FileTabs
          workspaceId={place.workspaceId}
          files={openFiles.files}
          active={active}
          onSelect={showFile}
          onClose={askToClose}
          onBack={() => showFile(null)}
        />
      )}
      <div className="flex min-h-0 flex-1">
        <div
          className={cx(
            "min-h-0 min-w-0 flex-1 flex-col @2xl:flex @2xl:w-80 @2xl:flex-none @2xl:border-r",
            active ? "hidden" : "flex",
          )}
        >
          <div className="flex items-center justify-between gap-2 border-b border-line py-1 pr-1 pl-3">
            <RootSwitch
              root={place.root}
              onChange={(root) => navigate((state) => ({ ...state, root, path: TOP, file: null }))}
            />
            <FilesToolbar
              isReadOnly={isReadOnly}
              folderName={folder === TOP ? place.root : baseName(folder)}
              onNewFile={() => ask({ kind: "new-file", folder })}
              onNewFolder={() => ask({ kind: "new-folder", folder })}
              onUpload={(picked) => uploads.add(folder, picked)}
              onDownload={() => startDownload(archiveUrl(place, folder))}
              onRefresh={() => void store.reloadAll()}
            />
          </div>
          <Breadcrumbs
            root={place.root}
            folder={folder}
            onGo={(path) => {
              goTo(path);
              void store.expand(path);
            }}
          />
          <SearchField
            ref={searchField}
            text={searchText}
            onChange={setSearchText}
            onDown={() => results.current?.focus()}
          />
          {searchText.trim() !== "" && (
            <SearchResults
              ref={results}
              search={search}
              text={searchText.trim()}
              onOpen={openFound}
              onLeave={() => searchField.current?.focus()}
            />
          )}
          <FileTree
            ref={tree}
            store={store}
            isHidden={searchText.trim() !== ""}
            label={`Files in ${place.root}`}
            current={current}
            openPath={url.file}
            onCurrent={goTo}
            onOpen={openPath}
            onRename={(path) => !isReadOnly && ask({ kind: "rename", path })}
            onRemove={(path) => !isReadOnly && ask({ kind: "remove", path, isFolder: isFolder(path) })}
            onMenu={(path, at) => setMenu({ path, at })}
            onDrop={(target, items) => void dropInto(target, items)}
          />
        </div>
        <div className={cx("min-h-0 min-w-0 flex-[2] flex-col @2xl:flex", active ? "flex" : "hidden")}>
          {active ? (
            <FileView workspace={workspace} place={place} path={active.path} />
          ) : (
            <p className="m-auto p-6 text-ink-faint">Select a file to view it.</p>
          )}
        </div>
      </div>
      <UploadList queue={uploads} />
      <PointMenu
        at={menu?.at ?? null}
        label={menu ? baseName(menu.path) : ""}
        onClose={() => setMenu(null)}
        returnFocus={() => (menu ? tree.current?.rowOf(menu.path) : null)}
      >
        {menu && (
          <FileMenuItems
            place={place}
            path={menu.path}
            isFolder={isFolder(menu.path)}
            isReadOnly={isReadOnly}
            onAsk={ask}
          />
        )}
      </PointMenu>
      {question && (
        <FileQuestions
          question={question}
          root={place.root}
          actions={actions}
          onShow={(path, isFile) => {
            landOn(path);
            if (isFile) showFile({ root: place.root, path });
          }}
          onMove={move}
          onRemoved={(path, neighbour) => {
            landOn(neighbour);
            if (url.file !== null && isWithin(url.file, path)) showFile(null);
          }}
          onClose={() => setQuestion(null)}
          landing={landing}
        />
      )}
      {closing && (
        <ConfirmDialog
          isOpen
          title={`Close ${baseName(closing.path)} without saving?`}
          confirmLabel="Discard changes"
          isDangerous
          onConfirm={() => {
            close(closing);
            setClosing(null);
          }}
          onClose={() => setClosing(null)}
        >
          It has unsaved changes. Cancel to keep editing or to save them.
        </ConfirmDialog>
      )}
    </div>
  );
}

/** The tree of a place: opened at the path in the address, and refreshed after uploads and remote changes. */
function useTree(place: Place): TreeStore {
  const list = useListFolder(place);
  const store = useMemo(() => new TreeStore(list), [list]);
  const url = useUrlState();
  const startAt = useRef({ path: url.path, file: url.file });

  useEffect(() => {
    const { path, file } = startAt.current;
    void store.expand(TOP).then(async () => {
      await store.reveal(path);
      if (path !== TOP) await store.expand(path);
      if (file) await store.reveal(file);
    });
    const reloads = new Coalescer<"tree">(() => store.reloadAll(), RELOAD_PAUSE_MILLISECONDS);
    const stopChanges = onFilesChanged((workspaceId) => workspaceId === place.workspaceId && reloads.add("tree"));
    const stopArrivals = uploadsOf({ workspaceId: place.workspaceId, root: place.root }).onArrival(() =>
      reloads.add("tree"),
    );
    return () => {
      stopChanges();
      stopArrivals();
      reloads.stop();
    };
  }, [store, place.workspaceId, place.root]);

  return store;
}
