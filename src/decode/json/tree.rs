//! The paths that occur in JSON documents, as a tree, and the columns at them.
//!
//! Keys are names until there are too many of them: then they are data. A parent with more distinct keys than the
//! limit *folds*: one child, `*` ([`Segment::Folded`]), takes over what all its children have, and the keys become
//! values of a column of their own at the parent's path and [`Segment::MapKey`]. When the columns of the whole object
//! run out, the parent with the most keys folds earlier. A key too long to be a name goes to `*` at once.

use std::collections::HashMap;

use super::super::gather::Gather;
use super::super::leaf::Out;
use super::super::{Options, Segment};
use crate::model::cells::ColumnId;

/// The longest key that is a name, in bytes.
pub(super) const LONGEST_KEY: usize = 256;
/// The longest path, in bytes of names.
const LONGEST_PATH: usize = 4 << 10;
/// Parents with fewer keys never fold before their own limit.
const FEWEST_TO_FOLD: usize = 16;
/// Columns ever announced, those folded away included, for each that there may be at once.
const COLUMNS_EVER: usize = 16;
/// Paths, those without values of their own included, for each column that there may be.
const NODES_PER_COLUMN: usize = 4;

/// A place in the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NodeId(usize);

/// The place of the document itself.
pub(super) const ROOT: NodeId = NodeId(0);

#[derive(Default)]
struct Node {
    parent: Option<NodeId>,
    segment: Option<Segment>,
    path_len: usize,
    column: Option<ColumnId>,
    children: Vec<Child>,
    index: HashMap<Box<[u8]>, usize>,
    /// The child expected next: documents of one kind have their keys in one order.
    guess: usize,
    items: Option<NodeId>,
    star: Option<NodeId>,
    key_column: Option<ColumnId>,
    folded: bool,
    /// Where this went when a parent folded.
    moved: Option<NodeId>,
}

struct Child {
    key: Box<[u8]>,
    node: NodeId,
    /// The row in which the key came first.
    row: u64,
}

/// The paths seen so far, their columns and the cells in them.
pub(super) struct Tree {
    nodes: Vec<Node>,
    free: Vec<NodeId>,
    moves: bool,
    pub(super) gather: Gather,
    max_keys: usize,
    max_columns: usize,
    /// Whether there are more paths than can be kept.
    pub(super) overfull: bool,
}

impl Tree {
    /// Only the root.
    pub(super) fn new(options: &Options) -> Self {
        let root = Node {
            segment: Some(Segment::Root),
            ..Node::default()
        };
        Self {
            nodes: vec![root],
            free: Vec::new(),
            moves: false,
            gather: Gather::new(options),
            max_keys: options.max_keys.max(1),
            max_columns: options.max_columns.max(1),
            overfull: false,
        }
    }

    /// The elements of the array at `node`.
    pub(super) fn items(&mut self, node: NodeId) -> NodeId {
        if let Some(items) = self.nodes[node.0].items {
            return items;
        }
        let items = self.add(node, Segment::Items, 1);
        self.nodes[node.0].items = Some(items);
        items
    }

    /// The value of `key` in the object at `node`, in `row`.
    pub(super) fn child(&mut self, node: NodeId, key: &[u8], row: u64, out: &mut Out) -> NodeId {
        if let Some(child) = self.known(node, key) {
            return child;
        }
        if !self.nodes[node.0].folded && self.nodes[node.0].children.len() >= self.max_keys {
            self.fold(node, out);
        }
        if self.nodes[node.0].folded {
            self.key_cell(node, key, row, out);
            return self.star(node);
        }
        self.add_child(node, key, row)
    }

    /// The value of a key that is no name.
    pub(super) fn star(&mut self, node: NodeId) -> NodeId {
        if let Some(star) = self.nodes[node.0].star {
            return star;
        }
        let star = self.add(node, Segment::Folded, 1);
        self.nodes[node.0].star = Some(star);
        star
    }

    /// The column of the values at `node`, or `None` if there are too many columns. Making one may fold
    /// parents: see [`Tree::settle`].
    pub(super) fn column(&mut self, node: NodeId, out: &mut Out) -> Option<ColumnId> {
        if let Some(column) = self.nodes[node.0].column {
            return Some(column);
        }
        self.overfull |= self.gather.len() >= self.max_columns.saturating_mul(COLUMNS_EVER);
        let node = self.relieve(node, out)?;
        Some(self.own_column(node, out))
    }

    /// The column of keys that are no names at `node`.
    pub(super) fn key_column(&mut self, node: NodeId, out: &mut Out) -> ColumnId {
        if let Some(column) = self.nodes[node.0].key_column {
            return column;
        }
        let mut path = self.path(node);
        path.push(Segment::MapKey);
        let column = self.gather.column(path, "json", out);
        self.nodes[node.0].key_column = Some(column);
        column
    }

    /// Whether nodes moved; places that are kept must be brought up to date.
    pub(super) fn has_moved(&self) -> bool {
        self.moves
    }

    /// Where `node` is now.
    pub(super) fn settle(&self, mut node: NodeId) -> NodeId {
        while let Some(moved) = self.nodes[node.0].moved {
            node = moved;
        }
        node
    }

    /// Nodes that moved are not referred to any more.
    pub(super) fn forget_moved(&mut self) {
        self.moves = false;
        for index in 1..self.nodes.len() {
            if self.nodes[index].moved.is_some() {
                self.nodes[index] = Node::default();
                self.free.push(NodeId(index));
            }
        }
    }

    fn known(&mut self, node: NodeId, key: &[u8]) -> Option<NodeId> {
        let node = &mut self.nodes[node.0];
        let guessed = node.children.get(node.guess).filter(|child| *child.key == *key);
        if let Some(child) = guessed {
            node.guess = (node.guess + 1) % node.children.len();
            return Some(child.node);
        }
        let at = *node.index.get(key)?;
        node.guess = (at + 1) % node.children.len();
        Some(node.children[at].node)
    }

    fn add_child(&mut self, node: NodeId, key: &[u8], row: u64) -> NodeId {
        let name = Segment::Name(String::from_utf8_lossy(key).into_owned());
        let child = self.add(node, name, key.len());
        let parent = &mut self.nodes[node.0];
        parent.index.insert(key.into(), parent.children.len());
        parent.children.push(Child {
            key: key.into(),
            node: child,
            row,
        });
        child
    }

    fn add(&mut self, parent: NodeId, segment: Segment, len: usize) -> NodeId {
        let path_len = self.nodes[parent.0].path_len + len;
        let live = self.nodes.len() - self.free.len();
        self.overfull |= path_len > LONGEST_PATH || live > self.max_columns.saturating_mul(NODES_PER_COLUMN);
        let node = Node {
            parent: Some(parent),
            segment: Some(segment),
            path_len,
            ..Node::default()
        };
        match self.free.pop() {
            Some(id) => {
                self.nodes[id.0] = node;
                id
            }
            None => {
                self.nodes.push(node);
                NodeId(self.nodes.len() - 1)
            }
        }
    }

    fn own_column(&mut self, node: NodeId, out: &mut Out) -> ColumnId {
        if let Some(column) = self.nodes[node.0].column {
            return column;
        }
        let column = self.gather.column(self.path(node), "json", out);
        self.nodes[node.0].column = Some(column);
        column
    }

    fn path(&self, node: NodeId) -> Vec<Segment> {
        let up = |node: &NodeId| self.nodes[node.0].parent;
        let nodes = std::iter::successors(Some(node), up);
        let mut path: Vec<Segment> = nodes
            .filter_map(|node| self.nodes[node.0].segment.clone())
            .collect();
        path.reverse();
        path
    }

    fn key_cell(&mut self, node: NodeId, key: &[u8], row: u64, out: &mut Out) {
        let column = self.key_column(node, out);
        self.gather.append(column, row, key, out);
        self.gather.end_cell(column, row, out);
    }

    /// Makes room for one more column by folding parents with many keys. Gives where `node` is then, or `None` if
    /// there is no room.
    fn relieve(&mut self, node: NodeId, out: &mut Out) -> Option<NodeId> {
        while self.gather.live() >= self.max_columns {
            let size = |index: &usize| (self.nodes[*index].children.len(), std::cmp::Reverse(*index));
            let largest = (0..self.nodes.len()).max_by_key(size)?;
            if self.nodes[largest].children.len() < FEWEST_TO_FOLD {
                self.overfull = true;
                return None;
            }
            self.fold(NodeId(largest), out);
        }
        Some(self.settle(node))
    }

    /// Lets all children of `node` flow into its `*`.
    fn fold(&mut self, node: NodeId, out: &mut Out) {
        self.nodes[node.0].folded = true;
        self.gather.flush(out);
        let star = self.star(node);
        let children = std::mem::take(&mut self.nodes[node.0].children);
        self.nodes[node.0].index = HashMap::new();
        for child in children {
            self.key_cell(node, &child.key, child.row, out);
            self.merge(child.node, star, out);
        }
        self.gather.flush(out);
    }

    /// Lets the subtree at `from` flow into the one at `into`; nesting bounds the recursion.
    fn merge(&mut self, from: NodeId, into: NodeId, out: &mut Out) {
        let node = std::mem::take(&mut self.nodes[from.0]);
        self.nodes[from.0].moved = Some(into);
        self.moves = true;
        if let Some(column) = node.column {
            let target = self.own_column(into, out);
            self.gather.fold(column, target, out);
        }
        if let Some(column) = node.key_column {
            let target = self.key_column(into, out);
            self.gather.fold(column, target, out);
        }
        if let Some(items) = node.items {
            let target = self.items(into);
            self.merge(items, target, out);
        }
        if let Some(star) = node.star {
            let target = self.star(into);
            self.merge(star, target, out);
        }
        for child in node.children {
            let target = self.child(into, &child.key, child.row, out);
            self.merge(child.node, target, out);
        }
    }
}
