/** Styles for rendered Markdown, whose elements have no classes. */
export const MARKDOWN_CLASSES = [
  "mx-auto max-w-[72ch] px-5 py-4 leading-relaxed break-words",
  "[&>*+*]:mt-3 [&_li>*+*]:mt-1.5 [&_blockquote>*+*]:mt-2",
  "[&_h1]:text-2xl [&_h1]:font-semibold [&_h1]:border-b [&_h1]:border-line [&_h1]:pb-1",
  "[&_h2]:mt-6! [&_h2]:text-xl [&_h2]:font-semibold [&_h3]:mt-5! [&_h3]:text-lg [&_h3]:font-semibold",
  "[&_h4]:font-semibold [&_h5]:font-semibold [&_h6]:font-semibold",
  "[&_ul]:list-disc [&_ul]:pl-6 [&_ol]:list-decimal [&_ol]:pl-6 [&_.contains-task-list]:list-none",
  "[&_.contains-task-list]:pl-1 [&_li]:mt-1 [&_input]:mr-2",
  "[&_a]:text-accent [&_a]:underline",
  "[&_code]:rounded [&_code]:bg-sunken [&_code]:px-1 [&_code]:py-0.5 [&_code]:font-mono [&_code]:text-[0.92em]",
  "[&_pre]:overflow-x-auto [&_pre]:rounded-md [&_pre]:border [&_pre]:border-line [&_pre]:bg-sunken [&_pre]:p-3",
  "[&_pre_code]:bg-transparent [&_pre_code]:p-0",
  "[&_blockquote]:border-l-4 [&_blockquote]:border-line-strong/50 [&_blockquote]:pl-3 [&_blockquote]:text-ink-soft",
  "[&_table]:text-sm [&_th]:border [&_th]:border-line [&_th]:bg-sunken [&_th]:px-2.5 [&_th]:py-1 [&_th]:text-left",
  "[&_td]:border [&_td]:border-line [&_td]:px-2.5 [&_td]:py-1",
  "[&_section]:mt-6! [&_section]:border-t [&_section]:border-line [&_section]:pt-3 [&_section]:text-sm",
  "[&_hr]:border-line [&_img]:inline [&_img]:max-w-full [&_del]:text-ink-faint",
].join(" ");
