<?php
/**
 * What readers' pages and feeds get.
 */

namespace Adserver;

function options(): array {
	return cleaned( get_option( OPTION, DEFAULTS ) );
}

/**
 * Prints the tag and the slots' stylesheet; where no ads are shown, the tag alone, which then counts the article's view.
 *
 * Scripts go through WordPress, so that a policy's nonce can be added.
 */
function print_tag(): void {
	$options = options();
	$is_read = $options['count_views'] && is_singular( 'post' ) && ! post_password_required( get_queried_object_id() );
	$article = $is_read ? (string) get_queried_object_id() : null;
	$is_off  = ! may_show( $options );
	if ( ! is_set_up( $options ) || ! takes_tag() || is_sample() || ( $is_off && null === $article ) ) {
		return;
	}
	if ( $options['reserve'] && ! $is_off ) {
		echo style( $options['base'], $options['site'] ), "\n"; // phpcs:ignore WordPress.Security.EscapeOutput -- escaped there
	}
	$tag  = tag_attributes( $options['base'], $options['site'], page_key_values( $options ), $article );
	$tag += array( 'data-placement' => $is_off ? 'off' : null );
	wp_print_script_tag(
		array_filter(
			$tag,
			function ( $value ) {
				return null !== $value;
			}
		)
	);
}

/** Puts the automatic slots into an article. */
function with_slots( $content ) {
	$options = options();
	$post_id = get_the_ID();
	if ( ! is_singular( 'post' ) || get_queried_object_id() !== $post_id || doing_action( 'wp_head' ) || ! may_show( $options ) ) {
		return $content;
	}
	if ( '' !== $options['inside'] ) {
		$inside  = slot_or_sample( $options['inside'] );
		$content = place( $content, $inside, $options['paragraph'], $options['every'], $options['most'], $options['least'] );
	}
	$before = '' === $options['before'] ? '' : slot_or_sample( $options['before'] );
	$after  = '' === $options['after'] ? '' : slot_or_sample( $options['after'] );
	return $before . $content . $after;
}

/** Puts an image and its link at the end of an article in a feed. */
function with_feed_image( $content ) {
	$options = options();
	$post_id = (int) get_the_ID();
	if ( '' === $options['feed'] || ! is_set_up( $options ) || is_free_of_ads( $post_id, $options ) ) {
		return $content;
	}
	$label = __( 'Advertisement', 'adserver' );
	$image = image(
		$options['base'],
		$options['site'],
		$options['feed'],
		(string) $post_id,
		array(
			'alt'        => $label,
			'key_values' => article_key_values( $post_id, $options ),
		)
	);
	return $content . '<p><small>' . esc_html( $label ) . '</small><br>' . $image . '</p>';
}

/** [adserver_slot name="top" city="Antalya" collapse="empty"] */
function slot_shortcode( $attributes ): string {
	$attributes = is_array( $attributes ) ? $attributes : array();
	$name       = (string) ( $attributes['name'] ?? '' );
	$collapse   = (string) ( $attributes['collapse'] ?? '' );
	unset( $attributes['name'], $attributes['collapse'] );
	return slot_html( $name, key_values( $attributes ), $collapse );
}

/** [adserver_views] or [adserver_views article="42"] */
function views_shortcode( $attributes ): string {
	if ( ! takes_tag() ) {
		return '';
	}
	return article_views( (string) ( ( is_array( $attributes ) ? $attributes : array() )['article'] ?? '' ) );
}

/** A slot that somebody placed; nothing where no ads are shown. */
function slot_html( string $name, array $key_values, string $collapse ): string {
	if ( '' === $name || ! may_show( options() ) ) {
		return '';
	}
	$collapse = in_array( $collapse, array( 'before', 'empty', 'never' ), true ) ? $collapse : null;
	return slot_or_sample( $name, $key_values, array( 'collapse' => $collapse ) );
}

/** A slot, or its sample on what editors look at before readers do. */
function slot_or_sample( string $name, array $key_values = array(), array $options = array() ): string {
	return is_sample() ? sample( $name ) : slot( $name, $key_values, $options );
}

/** A box with the slot's name. */
function sample( string $name ): string {
	/* translators: %s: the name of a slot */
	$text = sprintf( __( 'Ad slot: %s', 'adserver' ), $name );
	return '<div style="box-sizing:border-box;border:1px dashed;padding:1em;text-align:center">' . esc_html( $text ) . '</div>';
}

function is_set_up( array $options ): bool {
	return '' !== $options['base'] && '' !== $options['site'];
}

/** Whether this page shows ads. */
function may_show( array $options ): bool {
	if ( ! is_set_up( $options ) || ! takes_tag() || is_404() ) {
		return false;
	}
	return ! is_singular() || ! is_free_of_ads( get_queried_object_id(), $options );
}

/** Whether readers see this page in a browser that runs scripts. */
function takes_tag(): bool {
	return ! is_feed() && ! is_embed() && ! is_amp();
}

/** Whether an editor looks at this page before readers do, or at a widget: that must not count. */
function is_sample(): bool {
	return is_preview() || is_customize_preview() || ( defined( 'IFRAME_REQUEST' ) && IFRAME_REQUEST );
}

/** Whether the AMP plugin makes this page, which then may hold no script of ours. */
function is_amp(): bool {
	return did_action( 'wp' ) && function_exists( '\amp_is_request' ) && \amp_is_request();
}

/** Whether somebody has switched off the ads of an article or page, or of its category, or it waits for its password. */
function is_free_of_ads( int $post_id, array $options ): bool {
	return get_post_meta( $post_id, OFF_KEY, true )
		|| post_password_required( $post_id )
		|| ( $options['without_ads'] && is_in_category( $post_id, $options['without_ads'] ) );
}

/** Whether a post is in one of the categories, by slug or name, or in one below. */
function is_in_category( int $post_id, array $wanted ): bool {
	foreach ( wp_list_pluck( get_the_category( $post_id ), 'term_id' ) as $own ) {
		foreach ( array_merge( array( $own ), get_ancestors( $own, 'category' ) ) as $id ) {
			$category = get_category( $id );
			if ( array_intersect( $wanted, array( $category->slug, $category->name ) ) ) {
				return true;
			}
		}
	}
	return false;
}

/** What the whole page is about. */
function page_key_values( array $options ): array {
	if ( is_singular( 'post' ) ) {
		return article_key_values( get_queried_object_id(), $options );
	}
	$object = get_queried_object();
	if ( $object instanceof \WP_Term && 'category' === $object->taxonomy && $options['sections'] ) {
		return array( 'section' => $object->slug );
	}
	return is_front_page() && $options['sections'] ? array( 'section' => 'home' ) : array();
}

/** Section from the categories, keywords from the tags, city from a custom field. */
function article_key_values( int $post_id, array $options ): array {
	$values = array();
	if ( $options['sections'] ) {
		$values['section'] = wp_list_pluck( get_the_category( $post_id ), 'slug' );
	}
	if ( $options['keywords'] ) {
		$values['keyword'] = wp_list_pluck( get_the_tags( $post_id ) ?: array(), 'name' );
	}
	if ( '' !== $options['city_field'] ) {
		$values['city'] = get_post_meta( $post_id, $options['city_field'], true );
	}
	return array_map(
		function ( $value ) {
			return is_array( $value ) ? array_map( 'rawurldecode', array_filter( $value, 'is_string' ) ) : (string) $value;
		},
		array_filter( $values )
	);
}
